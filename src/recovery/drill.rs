//! A drill: the same restore into a copy of the floor that nothing reaches and that reaches nothing, under a name of its
//! own, so that its end is a wrap like any other.

use crate::resource::{Address, Desired, Kind, Observed, Resource};

/// The tag that says until when a drill's resources may be there, for whoever finds them.
pub const UNTIL: &str = "drill_until";

/// What a production's drills are called: everything of them bears this name.
pub fn name_of(production: &str) -> String {
    format!("{production}-drill")
}

/// The floor as a drill builds it: networks without a way in or out, groups without a rule, seats without a role and
/// without a script, so that no agent starts and nothing is called. Volumes are encrypted under the production's own key,
/// which isn't the drill's to make or to end.
pub fn isolated(desired: &Desired, until: &str) -> Desired {
    let mut drill = Desired {
        production: name_of(&desired.production),
        user_data: Default::default(),
        inside: Default::default(),
        not_acted_on: Vec::new(),
        ..desired.clone()
    };
    drill.resources.retain(|_, resource| {
        matches!(
            resource.kind(),
            Kind::Vpc | Kind::Subnet | Kind::RouteTable | Kind::SecurityGroup | Kind::Seat | Kind::Volume
        )
    });
    for resource in drill.resources.values_mut() {
        match resource {
            Resource::RouteTable(table) => table.routes.clear(),
            Resource::SecurityGroup(group) => group.rules.clear(),
            Resource::Seat(seat) => {
                seat.profile = None;
                seat.user_data = None;
                seat.protect = false;
            }
            _ => {}
        }
        if let Some(tags) = resource.tags_mut() {
            tags.insert(UNTIL.to_owned(), until.to_owned());
        }
    }
    drill
}

/// What of a drill's live floor could be reached or reach anything: nothing, if it is isolated. Sorted.
pub fn openings(observed: &Observed) -> Vec<Address> {
    let open = |resource: &Resource| match resource {
        Resource::InternetGateway(_) | Resource::VpcEndpoint(_) => true,
        Resource::RouteTable(table) => !table.routes.is_empty(),
        Resource::SecurityGroup(group) => !group.rules.is_empty(),
        Resource::Seat(seat) => seat.public_address || seat.profile.is_some() || seat.user_data.is_some(),
        _ => false,
    };
    observed.all().filter(|found| open(&found.resource)).map(|found| found.address.clone()).collect()
}
