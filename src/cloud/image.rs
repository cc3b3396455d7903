//! Images: made elsewhere, looked up once, before a plan.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{Filter, Image};
use futures_util::future::{join, join_all};

use super::ec2::{FILTER_VALUES, PAGE, filter, pages};
use super::{Call, Cloud, Result};
use crate::resource::{ImageFacts, ImageSource};

/// How many parameters are read in one call.
const PARAMETERS: usize = 10;

impl Cloud {
    /// What these images are. One that isn't there, or can't be launched yet, isn't in the answer.
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn images(&self, sources: &[ImageSource]) -> Result<BTreeMap<ImageSource, ImageFacts>> {
        // One call for all look-ups among the same owners.
        let mut wanted: BTreeMap<&Vec<String>, Vec<(&String, &ImageSource)>> = BTreeMap::new();
        for source in sources {
            if let ImageSource::Lookup { owners, name } = source {
                wanted.entry(owners).or_default().push((name, source));
            }
        }
        let lookups = join_all(wanted.into_iter().map(|(owners, names)| newest(self, owners, names)));
        let named = async {
            // Each source that comes down to an id.
            let mut ids: BTreeMap<&ImageSource, String> = BTreeMap::new();
            let parameters: BTreeSet<&String> = sources
                .iter()
                .filter_map(|source| match source {
                    ImageSource::Parameter(name) => Some(name),
                    _ => None,
                })
                .collect();
            let values = parameter_values(self, &parameters).await?;
            for source in sources {
                match source {
                    ImageSource::Id(id) => ids.insert(source, id.clone()),
                    ImageSource::Parameter(name) => values.get(name).and_then(|id| ids.insert(source, id.clone())),
                    ImageSource::Lookup { .. } => None,
                };
            }
            let images = by_id(self, &ids.values().collect()).await?;
            let known = ids.into_iter().filter_map(|(source, id)| Some((source.clone(), images.get(&id)?.clone())));
            Ok::<BTreeMap<ImageSource, ImageFacts>, super::CloudError>(known.collect())
        };
        let (lookups, named) = join(lookups, named).await;
        let mut all = named?;
        for lookup in lookups {
            all.extend(lookup?.into_iter().map(|(source, image)| (source.clone(), image)));
        }
        Ok(all)
    }
}

/// Parameters of Systems Manager by name; those that don't exist are left out.
async fn parameter_values(cloud: &Cloud, names: &BTreeSet<&String>) -> Result<BTreeMap<String, String>> {
    let names: Vec<String> = names.iter().map(|name| (*name).clone()).collect();
    let pages = names.chunks(PARAMETERS).map(|names| async move {
        cloud
            .call(Call::new("ssm", "GetParameters"), || {
                cloud.ssm.get_parameters().set_names(Some(names.to_vec())).send()
            })
            .await
    });
    let mut values = BTreeMap::new();
    for page in join_all(pages).await {
        values.extend(page?.parameters().iter().filter_map(|parameter| {
            let value = parameter.value()?.trim().to_owned();
            // What was asked for as an ARN, or with a version or label behind it, is answered in parts.
            let name = parameter.name()?;
            let selected = format!("{name}{}", parameter.selector().unwrap_or_default());
            let asked = names
                .iter()
                .find(|asked| **asked == name || **asked == selected || Some(asked.as_str()) == parameter.arn())?;
            Some((asked.clone(), value))
        }));
    }
    Ok(values)
}

/// Images by id. Asked for by filter, so that one that is gone leaves the others.
async fn by_id(cloud: &Cloud, ids: &BTreeSet<&String>) -> Result<BTreeMap<String, ImageFacts>> {
    let ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
    let mut images = BTreeMap::new();
    for ids in ids.chunks(FILTER_VALUES) {
        let filters = vec![filter("image-id", ids), filter("state", ["available"])];
        let described = describe(cloud, &[], filters, true).await?;
        images.extend(described.iter().filter_map(facts).map(|image| (image.id.clone(), image)));
    }
    Ok(images)
}

/// For each name the newest image of these owners that matches it.
async fn newest<'a>(
    cloud: &Cloud,
    owners: &[String],
    names: Vec<(&String, &'a ImageSource)>,
) -> Result<Vec<(&'a ImageSource, ImageFacts)>> {
    let mut described = Vec::new();
    for names in names.chunks(FILTER_VALUES) {
        let patterns = names.iter().map(|(name, _)| name.as_str());
        let filters = vec![filter("name", patterns), filter("state", ["available"])];
        described.extend(describe(cloud, owners, filters, false).await?);
    }
    // Dates are written so that they sort as text; the id makes the choice sure among images of one second.
    described
        .sort_by(|one, other| (other.creation_date(), other.image_id()).cmp(&(one.creation_date(), one.image_id())));
    let of = |name: &str| {
        described.iter().filter(|image| image.name().is_some_and(|image| matches(name, image))).find_map(facts)
    };
    Ok(names.into_iter().filter_map(|(name, source)| Some((source, of(name)?))).collect())
}

/// Whether a text matches a pattern of EC2's filters: `*` for any characters, `?` for one.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from) = (0, 0);
    // Where the last star stands, and how far the text was when it was met.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(one) if *one == '?' || *one == text[from] => {
                at += 1;
                from += 1;
            }
            _ => {
                // The star takes one more character, and the rest is tried again.
                let Some((star_at, met)) = star else { return false };
                star = Some((star_at, met + 1));
                at = star_at + 1;
                from = met + 1;
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

/// `deprecated` ones can be launched, and are shown to those who ask for them by id.
async fn describe(cloud: &Cloud, owners: &[String], filters: Vec<Filter>, deprecated: bool) -> Result<Vec<Image>> {
    let request = &cloud
        .ec2
        .describe_images()
        .set_owners(Some(owners.to_vec()).filter(|owners| !owners.is_empty()))
        .set_filters(Some(filters))
        .include_deprecated(deprecated)
        .max_results(PAGE);
    pages(|token| async move {
        let request = request.clone().set_next_token(token);
        let answer = cloud.call(Call::new("ec2", "DescribeImages"), || request.clone().send()).await?;
        Ok((answer.images, answer.next_token))
    })
    .await
}

fn facts(image: &Image) -> Option<ImageFacts> {
    let root = image.root_device_name()?;
    let disk = image.block_device_mappings().iter().find(|mapping| mapping.device_name() == Some(root));
    Some(ImageFacts {
        id: image.image_id()?.to_owned(),
        root_device: root.to_owned(),
        root_size_gib: disk.and_then(|disk| disk.ebs()?.volume_size()).and_then(|size| u32::try_from(size).ok()),
        // The SDK's word is `Windows`; EC2 answers `windows`.
        windows: image.platform().is_some_and(|platform| platform.as_str().eq_ignore_ascii_case("windows")),
        architecture: image.architecture().map(|word| word.as_str().to_owned()).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{ArchitectureValues, BlockDeviceMapping, EbsBlockDevice, PlatformValues};

    use super::*;

    #[test]
    fn names_match_as_in_filters() {
        assert!(matches("nuke-rocky9-*", "nuke-rocky9-2026-11"));
        assert!(matches("nuke-?-*x", "nuke-9-axbx"));
        assert!(matches("*", ""));
        assert!(!matches("nuke-rocky9-*", "hiero-rocky9-1"));
        assert!(!matches("nuke-?", "nuke-10"));
    }

    #[test]
    fn the_root_disk_is_told_from_the_others() {
        let disk = |device: &str, size| {
            BlockDeviceMapping::builder()
                .device_name(device)
                .ebs(EbsBlockDevice::builder().volume_size(size).build())
                .build()
        };
        let image = Image::builder()
            .image_id("ami-1")
            .root_device_name("/dev/sda1")
            .block_device_mappings(disk("/dev/sdb", 10))
            .block_device_mappings(disk("/dev/sda1", 60))
            .architecture(ArchitectureValues::X8664)
            .platform(PlatformValues::from("windows"))
            .build();
        assert_eq!(
            facts(&image),
            Some(ImageFacts {
                id: "ami-1".to_owned(),
                root_device: "/dev/sda1".to_owned(),
                root_size_gib: Some(60),
                windows: true,
                architecture: "x86_64".to_owned(),
            })
        );
    }
}
