//! What is in the picture.

use std::collections::{BTreeMap, BTreeSet};

use crate::blueprint::Blueprint;
use crate::blueprint::model::{self, Network, Peer, Segment, SegmentRef, Tier};
use crate::report::words;
use crate::resource::hide;

/// A production's networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    pub title: String,
    pub subtitle: String,
    pub networks: Vec<NetworkScene>,
}

/// One network, with what it talks to outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkScene {
    /// `network.main`.
    pub address: String,
    /// Its addresses and zones.
    pub facts: String,
    /// What holds for all of it, in a sentence or two.
    pub rule: String,
    pub nodes: Vec<Node>,
    pub flows: Vec<Flow>,
}

/// A box in the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Unique in the network: an address, or the ranges.
    pub address: String,
    pub title: String,
    /// A word in its corner.
    pub tag: String,
    pub look: Look,
    pub column: Column,
    pub lines: Vec<String>,
    /// Zones and their ranges.
    pub zones: Vec<(String, String)>,
}

/// What a box is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    Outside,
    Edge,
    Content,
    Service,
    Endpoints,
}

/// Where a box stands, from left to right: the way that content takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Outside: those who call, and those whom the edge calls.
    Callers,
    Edge,
    Workstations,
    /// Storage and services.
    Inner,
    Endpoints,
    /// Outside: those whom inner segments call.
    Called,
}

impl Column {
    /// Whether it is within the network.
    pub fn is_inside(self) -> bool {
        !matches!(self, Self::Callers | Self::Called)
    }
}

/// An arrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    pub name: String,
    /// Places in `nodes`.
    pub from: usize,
    pub to: usize,
    pub ports: Vec<String>,
    pub reason: String,
    /// Whether content takes it: to the artist's eyes, or to where it is kept.
    pub content: bool,
}

/// How many lines of addresses a box outside shows.
const MOST_ADDRESSES: usize = 6;

impl Scene {
    /// The picture of a blueprint.
    pub fn of(blueprint: &Blueprint) -> Self {
        let production = &blueprint.production;
        let mut scene = Self {
            title: format!("{}: what may talk to what", production.alias),
            subtitle: format!("{} · {} · {}", production.owner.value, production.content_class, production.region),
            networks: blueprint.networks.iter().map(|network| NetworkScene::of(blueprint, network)).collect(),
        };
        scene.hide(&blueprint.hidden);
        scene
    }

    /// Takes texts out of sight that came from sensitive variables.
    fn hide(&mut self, texts: &BTreeSet<String>) {
        if texts.is_empty() {
            return;
        }
        let cover = |text: &mut String| *text = hide(text, texts);
        cover(&mut self.title);
        cover(&mut self.subtitle);
        for network in &mut self.networks {
            cover(&mut network.facts);
            for node in &mut network.nodes {
                cover(&mut node.address);
                cover(&mut node.title);
                node.lines.iter_mut().for_each(cover);
                for (zone, range) in &mut node.zones {
                    cover(zone);
                    cover(range);
                }
            }
            for flow in &mut network.flows {
                cover(&mut flow.name);
                cover(&mut flow.reason);
            }
        }
    }

    /// The whole picture in sentences, for those who can't see it.
    pub fn in_words(&self) -> String {
        let mut sentences = vec![format!("{}.", self.subtitle)];
        for network in &self.networks {
            sentences.push(format!("{}, {}. {}", network.address, network.facts, network.rule));
            for flow in &network.flows {
                let (Some(from), Some(to)) = (network.nodes.get(flow.from), network.nodes.get(flow.to)) else {
                    continue;
                };
                let path = if flow.content { " Content takes this way." } else { "" };
                sentences.push(format!(
                    "{}: from {} to {}, {}. {}{path}",
                    flow.name,
                    from.title,
                    to.title,
                    flow.ports.join(", "),
                    flow.reason
                ));
            }
        }
        sentences.join(" ")
    }
}

impl NetworkScene {
    fn of(blueprint: &Blueprint, network: &Network) -> Self {
        let zones: Vec<String> = network.zones.iter().map(ToString::to_string).collect();
        let edge = network.segments.iter().any(|segment| segment.tier.value == Tier::Edge);
        let route = if edge {
            "The edge tier alone has a route to the internet gateway."
        } else {
            "No route leads to the Internet."
        };
        let mut scene = Self {
            address: format!("network.{}", network.name),
            facts: format!("{} in {}", network.cidr.trunc(), zones.join(", ")),
            rule: format!("Whatever is not drawn is denied, in and out. {route}"),
            nodes: network.segments.iter().map(|segment| of_segment(blueprint, network, segment)).collect(),
            flows: Vec::new(),
        };
        let mut places: BTreeMap<String, usize> =
            scene.nodes.iter().enumerate().map(|(at, node)| (node.address.clone(), at)).collect();
        for flow in &network.flows {
            let ends = [&flow.from.value, &flow.to.value].map(|peer| {
                let key = peer.to_string();
                *places.entry(key.clone()).or_insert_with(|| {
                    scene.nodes.push(outside(blueprint, peer, key));
                    scene.nodes.len() - 1
                })
            });
            scene.flows.push(Flow {
                name: flow.name.to_string(),
                from: ends[0],
                to: ends[1],
                ports: flow.ports.iter().map(ToString::to_string).collect(),
                reason: flow.reason.value.clone(),
                content: false,
            });
        }
        scene.add_endpoints(network);
        scene.send_called_ones_right();
        scene.mark_content();
        scene
    }

    /// One box for all endpoints, and a flow from every content and service segment, as the compiler opens them.
    fn add_endpoints(&mut self, network: &Network) {
        if network.endpoints.is_empty() {
            return;
        }
        let mut lines: Vec<String> =
            network.endpoints.iter().filter(|one| !one.is_gateway()).map(ToString::to_string).collect();
        let home = network.endpoint_segment().filter(|_| !lines.is_empty());
        let gateways = network.endpoints.iter().filter(|one| one.is_gateway());
        lines.extend(gateways.map(|one| format!("{} (gateway)", one.value)));
        let to = self.nodes.len();
        let title = "AWS services".to_owned();
        self.nodes.push(Node {
            address: format!("{}.endpoints", self.address),
            title,
            tag: "endpoints".to_owned(),
            look: Look::Endpoints,
            column: Column::Endpoints,
            lines,
            zones: Vec::new(),
        });
        for (at, segment) in network.segments.iter().enumerate() {
            if segment.tier.value == Tier::Edge {
                continue;
            }
            self.flows.push(Flow {
                name: "endpoints".to_owned(),
                from: at,
                to,
                ports: vec!["tcp/443".to_owned()],
                reason: "AWS services without a way through the Internet.".to_owned(),
                content: false,
            });
            if home.is_some_and(|home| home.name == segment.name)
                && let Some(node) = self.nodes.get_mut(at)
            {
                node.lines.push("holds the endpoints' interfaces".to_owned());
            }
        }
    }

    /// Those outside that only inner segments call stand on the right, at the end of the way.
    fn send_called_ones_right(&mut self) {
        for at in 0..self.nodes.len() {
            let calls = self.flows.iter().any(|flow| flow.from == at);
            let by_edge = self
                .flows
                .iter()
                .filter(|flow| flow.to == at)
                .any(|flow| self.nodes.get(flow.from).is_some_and(|caller| caller.column == Column::Edge));
            if let Some(node) = self.nodes.get_mut(at).filter(|node| node.look == Look::Outside)
                && !calls
                && !by_edge
            {
                node.column = Column::Called;
            }
        }
    }

    /// Content goes from where it is kept to the seats, and as a stream of pixels from there through the edge to those
    /// who look at it.
    fn mark_content(&mut self) {
        let nodes = self.nodes.clone();
        let at = |place: usize| nodes.get(place);
        let is_seats = |place| at(place).is_some_and(|node| node.column == Column::Workstations);
        let is_edge = |place| at(place).is_some_and(|node| node.look == Look::Edge);
        let is_outside = |place| at(place).is_some_and(|node| node.look == Look::Outside);
        let keeps = |place| at(place).is_some_and(|node| matches!(node.look, Look::Content | Look::Endpoints));
        let streams: Vec<usize> =
            self.flows.iter().filter(|flow| is_edge(flow.from) && is_seats(flow.to)).map(|flow| flow.from).collect();
        for flow in &mut self.flows {
            let stream = is_seats(flow.to) && (is_edge(flow.from) || is_outside(flow.from));
            let entry = is_outside(flow.from) && streams.contains(&flow.to);
            let kept = is_seats(flow.from) && keeps(flow.to) && flow.from != flow.to;
            flow.content = stream || entry || kept;
        }
    }
}

fn of_segment(blueprint: &Blueprint, network: &Network, segment: &Segment) -> Node {
    let at = SegmentRef { network: network.name.value.clone(), segment: segment.name.value.clone() };
    let pools: Vec<_> = blueprint.pools_in(&at).collect();
    let tier = segment.tier.value;
    let column = match tier {
        Tier::Edge => Column::Edge,
        _ if pools.is_empty() => Column::Inner,
        Tier::Content | Tier::Service => Column::Workstations,
    };
    let seats = |pool: &&model::WorkstationPool| {
        let count = usize::try_from(pool.seats.value).unwrap_or(usize::MAX);
        format!("{}: {}", pool.name, words::count(count, ("seat", "seats")))
    };
    Node {
        address: at.to_string(),
        title: segment.name.to_string(),
        tag: format!("{tier} tier"),
        look: match tier {
            Tier::Edge => Look::Edge,
            Tier::Content => Look::Content,
            Tier::Service => Look::Service,
        },
        column,
        lines: pools.iter().map(seats).collect(),
        zones: segment.subnets.iter().map(|one| (one.zone.to_string(), one.cidr.trunc().to_string())).collect(),
    }
}

fn outside(blueprint: &Blueprint, peer: &Peer, address: String) -> Node {
    let (title, tag, mut lines) = match peer {
        Peer::PrefixList(name) => {
            let list = blueprint.get(name);
            let entries = list.into_iter().flat_map(|list| &list.entries);
            let lines = entries.map(|entry| format!("{} {}", entry.cidr, entry.description).trim_end().to_owned());
            (name.to_string(), "prefix list", lines.collect::<Vec<_>>())
        }
        Peer::Cidrs(ranges) => match ranges.as_slice() {
            [only] if only.prefix_len() == 0 => ("The Internet".to_owned(), "outside", vec![only.to_string()]),
            [only] if only.prefix_len() == only.max_prefix_len() => {
                ("Address".to_owned(), "outside", vec![only.to_string()])
            }
            many => ("Addresses".to_owned(), "outside", many.iter().map(ToString::to_string).collect()),
        },
        // A segment of another network: the compiler refuses such a flow.
        Peer::Segment(segment) => (segment.to_string(), "outside", Vec::new()),
    };
    if lines.len() > MOST_ADDRESSES {
        let more = lines.len() - (MOST_ADDRESSES - 1);
        lines.truncate(MOST_ADDRESSES - 1);
        lines.push(format!("and {more} more"));
    }
    Node { address, title, tag: tag.to_owned(), look: Look::Outside, column: Column::Callers, lines, zones: Vec::new() }
}
