//! Instance profiles of instances: at launch, and changed later.

use super::{Instance, InstanceState};
use crate::rehearsal::agenda::Event;
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::filter::Filters;
use crate::rehearsal::ec2::kind::{Action, identified};
use crate::rehearsal::ec2::read;
use crate::rehearsal::iam::instance_profile::InstanceProfile;
use crate::rehearsal::physics::times;
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use serde::{Deserialize, Serialize};

/// An instance profile's association with an instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProfileAssociation {
    /// `iip-assoc-…`.
    pub id: String,
    /// The instance.
    pub instance: String,
    /// The profile's ARN.
    pub arn: String,
    /// The profile's id.
    pub profile: String,
    /// `associating`, `associated` or `disassociating`.
    pub state: String,
    /// When it was made.
    pub since: Moment,
}

identified!(ProfileAssociation);

/// What associates.
pub const ACTIONS: &[Action] = &[
    ("AssociateIamInstanceProfile", associate),
    ("ReplaceIamInstanceProfileAssociation", replace),
    ("DescribeIamInstanceProfileAssociations", describe),
    ("DisassociateIamInstanceProfile", disassociate),
];

impl ProfileAssociation {
    /// A new association.
    pub fn new(desk: &mut Desk, instance: &str, arn: String, profile: String, state: &str) -> Self {
        Self {
            id: desk.new_id("iip-assoc"),
            instance: instance.to_owned(),
            arn,
            profile,
            state: state.to_owned(),
            since: desk.now,
        }
    }

    fn write(&self, x: &mut Xml) {
        x.leaf("associationId", &self.id)
            .leaf("instanceId", &self.instance)
            .node("iamInstanceProfile", |x| {
                x.leaf("arn", &self.arn).leaf("id", &self.profile);
            })
            .leaf("state", &self.state)
            .leaf("timestamp", self.since.iso());
    }
}

/// ARN and id of the profile that a call names, if it names one and EC2 knows it by now.
pub fn asked(desk: &Desk, form: &Form) -> Outcome<Option<(String, String)>> {
    let (name, parameter, shown) = match (form.text("IamInstanceProfile.Name"), form.text("IamInstanceProfile.Arn")) {
        (Some(name), None) => (name, "name", name),
        (None, Some(arn)) => (arn.rsplit('/').next().unwrap_or_default(), "arn", arn),
        (Some(_), Some(_)) => {
            return Err(AwsError::combination(
                "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
            ));
        }
        (None, None) => return Ok(None),
    };
    let unknown = || {
        AwsError::refused(format!(
            "Value ({shown}) for parameter iamInstanceProfile.{parameter} is invalid. Invalid IAM Instance Profile {parameter}"
        ))
    };
    let profile: &InstanceProfile = desk.world.iam.instance_profiles.truth(name).ok_or_else(unknown)?;
    // A new profile is unknown to EC2 until it has spread; a new role in it, until that has.
    if profile.reaches_ec2 > desk.now || (parameter == "arn" && profile.arn != shown) {
        return Err(unknown());
    }
    if profile.role.is_none() || profile.role_reaches_ec2 > desk.now {
        return Err(AwsError::refused(format!("IAM Instance Profile \"{}\" has no associated IAM Roles", profile.arn)));
    }
    Ok(Some((profile.arn.clone(), profile.profile_id.clone())))
}

fn associate(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let instance = read::named::<Instance>(desk, form, "InstanceId")?.clone();
    let (arn, profile) = asked(desk, form)?.ok_or_else(|| AwsError::missing("IamInstanceProfile"))?;
    if !matches!(instance.state, InstanceState::Running | InstanceState::Stopped | InstanceState::Pending) {
        return Err(AwsError::new(
            "IncorrectInstanceState",
            format!("The instance '{}' is not in a state for this operation", instance.id),
        ));
    }
    if desk.truths::<ProfileAssociation>().any(|other| other.instance == instance.id) {
        return Err(AwsError::new(
            "IncorrectState",
            format!("There is an existing association for instance {}", instance.id),
        ));
    }
    let association = ProfileAssociation::new(desk, &instance.id, arn, profile, "associating");
    begin(desk, association, x);
    Ok(())
}

fn begin(desk: &mut Desk, association: ProfileAssociation, x: &mut Xml) {
    x.node("iamInstanceProfileAssociation", |x| association.write(x));
    if let Some(instance) = desk.change::<Instance>(&association.instance) {
        instance.profile = Some((association.arn.clone(), association.profile.clone()));
    }
    desk.later(times::PROFILE_ASSOCIATING, Event::ProfileSettles(association.id.clone()));
    desk.keep(association);
}

fn existing(desk: &Desk, form: &Form) -> Outcome<ProfileAssociation> {
    let id = form.required("AssociationId")?;
    desk.see::<ProfileAssociation>(id).cloned().ok_or_else(|| {
        AwsError::new("InvalidAssociationID.NotFound", format!("An invalid association-id of '{id}' was given"))
    })
}

fn replace(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let old = existing(desk, form)?;
    let (arn, profile) = asked(desk, form)?.ok_or_else(|| AwsError::missing("IamInstanceProfile"))?;
    desk.remove::<ProfileAssociation>(&old.id);
    let association = ProfileAssociation::new(desk, &old.instance, arn, profile, "associating");
    begin(desk, association, x);
    Ok(())
}

fn describe(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let filters = Filters::read(form, &["instance-id", "state"])?;
    let ids = form.texts("AssociationId");
    let found: Vec<&ProfileAssociation> = desk
        .seen::<ProfileAssociation>()
        .filter(|one| ids.is_empty() || ids.contains(&one.id))
        .filter(|one| {
            filters
                .pass(&Tags::new(), |name| vec![if name == "state" { one.state.clone() } else { one.instance.clone() }])
        })
        .collect();
    let page = read::page(desk, form, 1000, found, |one| &one.id)?;
    x.list("iamInstanceProfileAssociationSet", page.items, |x, one| one.write(x)).leaf_if("nextToken", page.next);
    Ok(())
}

fn disassociate(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let old = existing(desk, form)?;
    let leaving = ProfileAssociation { state: "disassociating".to_owned(), ..old };
    x.node("iamInstanceProfileAssociation", |x| leaving.write(x));
    if let Some(instance) = desk.change::<Instance>(&leaving.instance) {
        instance.profile = None;
    }
    desk.later(times::PROFILE_ASSOCIATING, Event::ProfileSettles(leaving.id.clone()));
    if let Some(one) = desk.change::<ProfileAssociation>(&leaving.id) {
        *one = leaving;
    }
    Ok(())
}

/// *associating* → *associated*; *disassociating* → gone.
pub fn settles(desk: &mut Desk, id: &str) {
    let Some(one) = desk.truth_mut::<ProfileAssociation>(id) else { return };
    if one.state == "disassociating" {
        desk.remove::<ProfileAssociation>(id);
    } else {
        one.state = "associated".to_owned();
    }
}
