//! What IAM's resources have in common: names, paths, ids, tags, pages, encoded documents.

use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::limits;
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands unencoded in a document. \[D\] RFC 3986, which IAM names for policy documents.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A document as IAM shows it: URL-encoded.
pub fn encoded(document: &str) -> String {
    utf8_percent_encode(document, PLAIN).to_string()
}

/// The error for something that doesn't exist.
pub fn missing(what: &str, name: &str) -> AwsError {
    AwsError::new("NoSuchEntity", format!("The {what} with name {name} cannot be found.")).status(404)
}

/// The error for something that exists already.
pub fn exists(what: &str, name: &str) -> AwsError {
    AwsError::new("EntityAlreadyExists", format!("{what} with name {name} already exists.")).status(409)
}

/// The error for something that still has something.
pub fn conflict(message: &str) -> AwsError {
    AwsError::new("DeleteConflict", message).status(409)
}

/// A parameter that has to be there.
pub fn required<'f>(form: &'f Form, name: &str) -> Outcome<&'f str> {
    form.text(name).filter(|text| !text.is_empty()).ok_or_else(|| {
        AwsError::new(
            "ValidationError",
            format!(
                "1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must not be null"
            ),
        )
    })
}

/// A name in IAM's letters and length.
pub fn name<'f>(form: &'f Form, parameter: &str, longest: usize) -> Outcome<&'f str> {
    let name = required(form, parameter)?;
    let good =
        name.len() <= longest && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
    if good {
        return Ok(name);
    }
    Err(AwsError::new("ValidationError", format!("The specified value for {parameter} is invalid.")))
}

/// A path: `/`, or letters between slashes.
pub fn path(form: &Form) -> Outcome<String> {
    let path = form.text("Path").unwrap_or("/");
    if path.starts_with('/')
        && path.ends_with('/')
        && path.len() <= 512
        && path.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Ok(path.to_owned());
    }
    Err(AwsError::new(
        "ValidationError",
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    ))
}

/// Tags of `Tags.member.n`.
pub fn tags_of(form: &Form) -> Outcome<Tags> {
    let given = tags::listed(form, "Tags.member").map_err(|error| AwsError::new("InvalidInput", error.message))?;
    let mut own = Tags::new();
    add_tags(&mut own, &given)?;
    Ok(own)
}

/// Adds tags under IAM's rules.
pub fn add_tags(own: &mut Tags, more: &Tags) -> Outcome {
    tags::add(own, more).map_err(|error| match error.code.as_str() {
        "TagLimitExceeded" => {
            AwsError::new("LimitExceeded", format!("Cannot exceed quota for TagsPerResource: {}", limits::TAGS))
                .status(409)
        }
        _ => AwsError::new("InvalidInput", error.message),
    })
}

/// `<Tags>`.
pub fn write_tags(x: &mut Xml, tags: &Tags) {
    x.members("Tags", tags, |x, (key, value)| {
        x.leaf("Key", key).leaf("Value", value);
    });
}

/// A policy document that IAM accepts.
pub fn document(text: &str, longest: usize) -> Outcome<String> {
    let malformed = |message: &str| AwsError::new("MalformedPolicyDocument", message);
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|_| malformed("This policy contains invalid Json"))?;
    if value.get("Statement").is_none() {
        return Err(malformed("Syntax errors in policy."));
    }
    let length = text.chars().filter(|letter| !letter.is_whitespace()).count();
    if length > longest {
        return Err(
            AwsError::new("LimitExceeded", format!("Cannot exceed quota for ACLSizePerRole: {longest}")).status(409)
        );
    }
    Ok(text.to_owned())
}

/// Cuts a page out of items in the order of their keys, and says whether there is more.
pub fn page<T>(desk: &Desk, form: &Form, items: Vec<T>, key: impl Fn(&T) -> &str) -> Outcome<(Vec<T>, Option<String>)> {
    /// The largest and the usual page. \[B\] MaxItems.
    const LARGEST: i64 = 1000;
    const USUAL: i64 = 100;
    let size = form.number("MaxItems")?.unwrap_or(USUAL).clamp(1, LARGEST);
    let size = usize::try_from(size).unwrap_or(1).min(desk.settings.faults.odds().page);
    let after = match form.text("Marker") {
        Some(marker) => Some(
            data_encoding::BASE64URL_NOPAD
                .decode(marker.as_bytes())
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| AwsError::new("ValidationError", "Invalid Marker."))?,
        ),
        None => None,
    };
    let mut rest =
        items.into_iter().skip_while(|item| after.as_ref().is_some_and(|after| key(item) <= after.as_str())).peekable();
    let items: Vec<T> = rest.by_ref().take(size).collect();
    let more = rest.peek().is_some();
    let marker = items.last().filter(|_| more).map(|last| data_encoding::BASE64URL_NOPAD.encode(key(last).as_bytes()));
    Ok((items, marker))
}

/// `<IsTruncated>` and `<Marker>`.
pub fn write_page(x: &mut Xml, marker: Option<String>) {
    x.leaf("IsTruncated", marker.is_some()).leaf_if("Marker", marker);
}
