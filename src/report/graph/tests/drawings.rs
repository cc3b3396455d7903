//! Pictures that a person can read: nothing lies on anything else.

use super::super::layout::{Drawing, Rect, SMALL, layout};
use super::super::scene::{Column, Flow, Look, NetworkScene, Node};
use super::super::svg;
use super::{all, changed, scene};

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/// The stretches of a line, as rectangles without width.
fn stretches(points: &[(f64, f64)]) -> Vec<Rect> {
    points
        .windows(2)
        .map(|pair| {
            let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
            Rect { x: x1.min(x2), y: y1.min(y2), width: (x1 - x2).abs().max(0.01), height: (y1 - y2).abs().max(0.01) }
        })
        .collect()
}

/// Everything that is wrong with a picture.
fn faults(network: &NetworkScene, drawing: &Drawing) -> Vec<String> {
    let mut faults = Vec::new();
    let name = |flow: usize| network.flows[flow].name.clone();
    for (at, label) in drawing.labels.iter().enumerate() {
        for other in &drawing.labels[at + 1..] {
            if overlap(&label.rect, &other.rect) {
                faults.push(format!("the labels of {} and {} overlap", name(label.flow), name(other.flow)));
            }
        }
        for (node, rect) in drawing.boxes.iter().enumerate() {
            if overlap(&label.rect, rect) {
                faults.push(format!("the label of {} lies on {}", name(label.flow), network.nodes[node].title));
            }
        }
        for line in drawing.lines.iter().filter(|line| line.flow != label.flow) {
            if stretches(&line.points).iter().any(|stretch| overlap(&label.rect, stretch)) {
                faults.push(format!("{} runs through the label of {}", name(line.flow), name(label.flow)));
            }
        }
        let side = [drawing.boundary.x, drawing.boundary.right()];
        for x in side.map(|x| Rect { x, y: 0.0, width: 0.1, height: drawing.height }) {
            if overlap(&label.rect, &x) {
                faults.push(format!("the boundary runs through the label of {}", name(label.flow)));
            }
        }
    }
    for (at, rect) in drawing.boxes.iter().enumerate() {
        for (other, other_rect) in drawing.boxes.iter().enumerate().skip(at + 1) {
            if overlap(rect, other_rect) {
                faults.push(format!("{} lies on {}", network.nodes[at].title, network.nodes[other].title));
            }
        }
        for line in &drawing.lines {
            if stretches(&line.points).iter().any(|stretch| overlap(rect, stretch)) {
                faults.push(format!("{} runs through {}", name(line.flow), network.nodes[at].title));
            }
        }
        let node = &network.nodes[at];
        let within = drawing.boundary.x <= rect.x && rect.right() <= drawing.boundary.right();
        if within != node.column.is_inside() {
            faults.push(format!("{} stands on the wrong side of the boundary", node.title));
        }
    }
    for (line, flow) in drawing.lines.iter().zip(&network.flows) {
        let ends = [(line.points.first(), flow.from), (line.points.last(), flow.to)];
        for (point, node) in ends {
            let (Some((x, y)), rect) = (point, drawing.boxes[node]) else { continue };
            let at_side = (x - rect.x).abs() < 0.01 || (x - rect.right()).abs() < 0.01;
            if !at_side || *y < rect.y || *y > rect.y + rect.height {
                faults.push(format!("{} doesn't touch {}", flow.name, network.nodes[node].title));
            }
        }
    }
    if drawing.labels.len() != network.flows.len() {
        faults.push("a flow has no label".to_owned());
    }
    faults
}

#[test]
fn no_label_lies_on_another_on_a_box_or_on_a_line() {
    for scene in all() {
        for network in &scene.networks {
            assert_eq!(faults(network, &layout(network)), Vec::<String>::new(), "{}", scene.title);
        }
    }
}

/// On A3 across, printable at 400 by 277 mm, the smallest letters are those of a footnote: 6 points, 2.1 mm.
#[test]
fn ten_flows_can_be_read_on_a_sheet() {
    let scene = changed(&[]);
    let network = &scene.networks[0];
    assert_eq!(network.flows.len(), 14, "ten, and one from each inner segment to the endpoints");
    let drawing = layout(network);
    let millimetres = (400.0 / drawing.width).min(277.0 / drawing.height);
    assert!(SMALL * millimetres > 2.1, "{} x {}", drawing.width, drawing.height);
}

/// A picture in which something lies on something is found out.
#[test]
fn the_test_sees_faults() {
    let scene = changed(&[]);
    let network = &scene.networks[0];
    let mut drawing = layout(network);
    drawing.labels[1].rect = drawing.labels[0].rect;
    drawing.boxes[2] = drawing.boxes[1];
    let faults = faults(network, &drawing).join("\n");
    assert!(faults.contains("overlap") && faults.contains("lies on storage"), "{faults}");
}

fn any_network(columns: &[u8], flows: &[(usize, usize, u8)]) -> NetworkScene {
    let column = |number: u8| {
        let all =
            [Column::Callers, Column::Edge, Column::Workstations, Column::Inner, Column::Endpoints, Column::Called];
        all[usize::from(number) % all.len()]
    };
    let nodes: Vec<Node> = columns
        .iter()
        .enumerate()
        .map(|(at, number)| Node {
            address: at.to_string(),
            title: format!("node {at}"),
            tag: "tier".to_owned(),
            look: if column(*number).is_inside() { Look::Content } else { Look::Outside },
            column: column(*number),
            lines: vec!["a line".to_owned(); usize::from(*number) % 4],
            zones: vec![("zone".to_owned(), "10.0.0.0/24".to_owned()); usize::from(*number) % 3],
        })
        .collect();
    let flows = flows
        .iter()
        .enumerate()
        .map(|(at, (from, to, ports))| Flow {
            name: format!("flow-{at}"),
            from: from % nodes.len(),
            to: to % nodes.len(),
            ports: vec!["tcp/8443".to_owned(); usize::from(*ports)],
            reason: String::new(),
            content: at % 3 == 0,
        })
        .collect();
    NetworkScene { address: "network.main".to_owned(), facts: String::new(), rule: String::new(), nodes, flows }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(96))]

    /// Whatever talks to whatever.
    #[test]
    fn any_network_can_be_read(
        columns in proptest::collection::vec(0_u8..12, 1..10),
        flows in proptest::collection::vec((0_usize..10, 0_usize..10, 1_u8..7), 0..16),
    ) {
        // A network has a segment.
        let columns = [&[1], columns.as_slice()].concat();
        let network = any_network(&columns, &flows);
        proptest::prop_assert_eq!(faults(&network, &layout(&network)), Vec::<String>::new());
    }
}

#[test]
fn the_same_blueprint_gives_the_same_picture() {
    assert_eq!(svg(&changed(&[])), svg(&changed(&[])));
}

#[test]
fn the_content_takes_the_way_of_the_stream_and_of_the_storage() {
    let scene = changed(&[]);
    let content: Vec<&str> =
        scene.networks[0].flows.iter().filter(|flow| flow.content).map(|flow| flow.name.as_str()).collect();
    assert_eq!(
        content,
        ["sign-in", "stream", "stream-review", "projects", "dailies", "playback", "endpoints", "endpoints"]
    );
}

#[test]
fn a_picture_speaks_to_those_who_cannot_see_it_and_survives_any_text() {
    let scene = changed(&[
        ("Pixel streaming from the gateway.", "<script>alert(\\\"&\\\")</script>"),
        ("owner         = \"lighthouse-vfx\"", "owner         = \"Light & <b>House</b>\""),
    ]);
    let svg = svg(&scene);
    assert!(svg.contains("role=\"img\"") && svg.contains("<title id=\"title\">comet: what may talk to what</title>"));
    assert!(svg.contains("sign-in: from offices to edge, tcp/8443, udp/8443. Artists reach the connection gateway."));
    assert!(svg.contains("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;") && !svg.contains("<script"));
    assert!(svg.contains("Light &amp; &lt;b&gt;House"));
}

#[test]
fn two_networks_are_two_panels() {
    let scene = scene(include_str!("../../../../examples/07-two-networks.hcl"));
    assert_eq!(scene.networks.len(), 2);
    assert_eq!(svg(&scene).matches("class=\"d\"").count(), 3, "two boundaries, and the legend's");
}
