//! Reading EC2 resources: by id, by filter, page by page.

use super::Kind;
use super::filter::Filters;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use data_encoding::BASE64URL_NOPAD;

/// One page of a read.
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The token of the next one.
    pub next: Option<String>,
}

/// The smallest page that may be asked for. \[B\] MaxResults of DescribeVpcs and its like.
const SMALLEST_PAGE: i64 = 5;

/// Answers `DescribeThings`: all of a kind that the ids and filters ask for.
pub fn describe<K: Kind>(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let page = select::<K>(desk, form)?;
    x.list(K::SET, page.items, |x, thing| thing.write(x, desk));
    x.leaf_if("nextToken", page.next);
    Ok(())
}

/// The page of a kind that the ids and filters ask for.
pub fn select<'d, K: Kind>(desk: &'d Desk, form: &Form) -> Outcome<Page<&'d K>> {
    let filters = Filters::read(form, K::FILTERS)?;
    let ids = form.texts(K::ID_PARAMETER);
    if !ids.is_empty() && K::IDS_EXCLUDE_PAGES && form.has("MaxResults") {
        return Err(AwsError::combination(format!(
            "The parameter {} cannot be used with the parameter maxResults",
            lowered(K::ID_PARAMETER)
        )));
    }
    let items: Vec<&K> = if ids.is_empty() {
        desk.seen::<K>().filter(|thing| filters.pass_kind(*thing)).collect()
    } else {
        by_id::<K>(desk, &ids)?.into_iter().filter(|thing| filters.pass_kind(*thing)).collect()
    };
    page(desk, form, K::LARGEST_PAGE, items, |thing| thing.id())
}

/// All the things of these ids, or the error that names those that aren't to be seen.
pub fn by_id<'d, K: Kind>(desk: &'d Desk, ids: &[String]) -> Outcome<Vec<&'d K>> {
    let mut found = Vec::with_capacity(ids.len());
    let mut missing = Vec::new();
    for id in ids {
        match existing::<K>(desk, id) {
            Ok(thing) => found.push(thing),
            Err(error) if error.code == K::NOT_FOUND => missing.push(id.as_str()),
            Err(error) => return Err(error),
        }
    }
    match missing.as_slice() {
        [] => Ok(found),
        [id] => Err(not_found::<K>(id)),
        several => {
            Err(AwsError::new(K::NOT_FOUND, format!("The {} IDs '{}' do not exist", K::WORDS, several.join(", "))))
        }
    }
}

/// The thing of this id, as this call sees it, or AWS's error.
pub fn existing<'d, K: Kind>(desk: &'d Desk, id: &str) -> Outcome<&'d K> {
    if !super::is_id_of::<K>(id) {
        return Err(AwsError::new(K::MALFORMED, format!("Invalid id: \"{id}\" (expecting \"{}-...\")", K::PREFIX)));
    }
    desk.see::<K>(id).ok_or_else(|| not_found::<K>(id))
}

/// The thing that a parameter names, or AWS's error.
pub fn named<'d, K: Kind>(desk: &'d Desk, form: &Form, parameter: &str) -> Outcome<&'d K> {
    existing::<K>(desk, form.required(parameter)?)
}

/// The error for a thing that doesn't exist.
pub fn not_found<K: Kind>(id: &str) -> AwsError {
    AwsError::new(K::NOT_FOUND, format!("The {} ID '{id}' does not exist", K::WORDS))
}

/// Cuts a page out of items that are in the order of their keys. The token holds the last key, so that
/// what comes and goes between two pages neither repeats nor hides anything else.
pub fn page<T>(desk: &Desk, form: &Form, largest: usize, items: Vec<T>, key: impl Fn(&T) -> &str) -> Outcome<Page<T>> {
    let asked = form.number("MaxResults")?;
    if let Some(asked) = asked.filter(|asked| *asked < SMALLEST_PAGE) {
        return Err(AwsError::refused(format!(
            "Value ( {asked} ) for parameter maxResults is invalid. Expecting a value greater than or equal to {SMALLEST_PAGE}."
        )));
    }
    let after = match form.text("NextToken") {
        Some(token) => Some(opened(token)?),
        None => None,
    };
    let size = asked.map_or(largest, |asked| usize::try_from(asked).unwrap_or(largest).min(largest));
    let size = size.min(desk.settings.faults.odds().page);
    let mut rest =
        items.into_iter().skip_while(|item| after.as_ref().is_some_and(|after| key(item) <= after.as_str())).peekable();
    let items: Vec<T> = rest.by_ref().take(size).collect();
    let next = match (rest.peek(), items.last()) {
        (Some(_), Some(last)) => Some(sealed(key(last))),
        _ => None,
    };
    Ok(Page { items, next })
}

fn sealed(key: &str) -> String {
    BASE64URL_NOPAD.encode(format!("after:{key}").as_bytes())
}

fn opened(token: &str) -> Outcome<String> {
    BASE64URL_NOPAD
        .decode(token.as_bytes())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix("after:").map(str::to_owned))
        .ok_or_else(|| AwsError::new("InvalidNextToken", "The specified next token is not valid"))
}

fn lowered(parameter: &str) -> String {
    let mut letters = parameter.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}s", first.to_ascii_lowercase(), letters.as_str()))
}
