//! Networks and prefix lists.

use super::{Attribute as A, Block, TEXT, Type};
use crate::blueprint::model::{EndpointService, Port, Tier, Zone};

pub const NETWORK: Block =
    Block::any("network", "A VPC, its subnets, routes, security groups, endpoints and flow logs.")
        .label("its name, read as network.<label>")
        .attributes(&[
            A::required("cidr", Type::Cidr, "Its addresses, /16 to /28.", "\"10.40.0.0/16\""),
            A::required(
                "zones",
                Type::List(&Type::Form(Zone::FORM)),
                "The availability zones over which seats are spread.",
                "[\"us-west-2a\", \"us-west-2b\"]",
            ),
            A::optional(
                "zone_room",
                Type::Integer(1, 16),
                "the number of zones, rounded up to a power of two",
                "Subnets cut for each segment: room for zones to come.",
                "2",
            ),
            A::default(
                "endpoints",
                Type::List(&Type::Form(EndpointService::FORM)),
                "[]",
                "AWS services that are reached privately; policies are limited to this account.",
                "[\"s3\", \"ssm\", \"ssmmessages\", \"kms\", \"logs\"]",
            ),
        ])
        .blocks(&[&SEGMENT, &FLOW, &FLOW_LOGS]);

const SEGMENT: Block = Block::some("segment", "One subnet a zone, one security group, one route table a tier.")
    .label("its name, read as network.<label>.<segment>")
    .attributes(&[
        A::required(
            "tier",
            Type::Word(Tier::WORDS),
            "Where its routes lead: only edge has an internet gateway.",
            "\"content\"",
        ),
        A::optional(
            "newbits",
            Type::Integer(1, 12),
            "cidrs says it",
            "How much longer its subnets' prefixes are than the network's; they are cut as cidrsubnets does.",
            "4",
        ),
        A::optional(
            "cidrs",
            Type::List(&Type::Cidr),
            "newbits says it",
            "Its subnets, one a zone; they stay where they are whatever else changes.",
            "[\"10.40.0.0/20\", \"10.40.16.0/20\"]",
        ),
    ]);

const FLOW: Block = Block::any("flow", "The only way to open anything: the default is deny, in and out.")
    .label("its name")
    .attributes(&[
        A::required("from", Type::Peer, "Who opens the connection.", "network.main.edge"),
        A::required("to", Type::Peer, "Who accepts it.", "network.main.workstations"),
        A::required("ports", Type::List(&Type::Form(Port::FORM)), "On which ports.", "[\"tcp/8443\", \"udp/8443\"]"),
        A::required("reason", TEXT, "Why.", "\"Pixel streaming from the gateway.\""),
    ]);

const FLOW_LOGS: Block =
    Block::maybe("flow_logs", "The log of all traffic; it is always on.").attributes(&[A::default(
        "retention_days",
        Type::Integer(1, 3653),
        "365",
        "Days that it is kept, as CloudWatch Logs has them.",
        "365",
    )]);

pub const PREFIX_LIST: Block = Block::any("prefix_list", "A managed prefix list: one rule, many addresses.")
    .label("its name, read as prefix_list.<label>")
    .attributes(&[A::required(
        "entries",
        Type::Map(&Type::Text),
        "Address ranges, and what each is.",
        "{ \"203.0.113.0/24\" = \"Soho\" }",
    )]);
