//! What no bulk read shows, asked for one seat at a time: what its mark says of it is believed otherwise.

use aws_sdk_ec2::types::InstanceAttributeName;
use data_encoding::BASE64;
use futures_util::future::join_all;

use super::{Call, Cloud, ErrorClass, Result};
use crate::resource::{Found, Kind, Resource, Status, Unreadable, digest_of_bytes};

const CALL: Call = Call::new("ec2", "DescribeInstanceAttribute");

impl Cloud {
    /// Puts the digest of the user data that each seat really has in the place of what its mark says. Returns what could
    /// not be read.
    pub(super) async fn read_deep(&self, seats: &mut [Found]) -> Vec<Unreadable> {
        let read = seats.iter_mut().filter(|seat| !matches!(seat.status, Status::Leaving(_))).map(async |seat| {
            let digest = self.user_data(&seat.id).await;
            match (digest, &mut seat.resource) {
                (Ok(digest), Resource::Seat(seat)) => {
                    seat.user_data = digest;
                    None
                }
                (Err(error), _) if !error.is(ErrorClass::NotFound) => {
                    Some(error.unreadable(Kind::Seat, Some(seat.address.clone())))
                }
                _ => None,
            }
        });
        join_all(read).await.into_iter().flatten().collect()
    }

    /// The digest of an instance's user data; none where it has none.
    async fn user_data(&self, instance: &str) -> Result<Option<String>> {
        let answer = self
            .call(CALL, || {
                self.ec2
                    .describe_instance_attribute()
                    .instance_id(instance)
                    .attribute(InstanceAttributeName::UserData)
                    .send()
            })
            .await?;
        let Some(text) = answer.user_data().and_then(|one| one.value()).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let bytes = BASE64
            .decode(text.as_bytes())
            .map_err(|error| CALL.error(ErrorClass::Uncertain, format!("user data that is no base64: {error}")))?;
        Ok(Some(digest_of_bytes(bytes)))
    }
}
