//! What people and assessors find on every resource.

use super::compiler::Compiler;
use super::limits;
use crate::blueprint::{Diagnostic, Span, model};
use crate::resource::Tags;

impl Compiler<'_> {
    /// The tags of a resource: what the production says of itself, the `Name` that consoles show, and over them the
    /// blueprint's own, for who writes `owner` on a pool means it.
    ///
    /// Alias, owner, class and end on everything are what VDI-INV-01 asks for. The program's own tags come later.
    pub(super) fn tags(&mut self, span: Span, name: Option<&str>, own: &model::Tags) -> Tags {
        let production = &self.blueprint.production;
        let mut tags = Tags::new();
        let mut say = |key: &str, value: &str| tags.insert(key.to_owned(), fit(value));
        say("production", production.alias.as_str());
        say("owner", &production.owner.value);
        say("content_class", production.content_class.as_str());
        say("wraps_on", &production.wraps_on.to_string());
        if let Some(name) = name {
            say("Name", name);
        }
        tags.extend(own.iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
        if tags.len() > limits::BLUEPRINT_TAGS {
            self.found.push(
                Diagnostic::error(
                    "too-many-tags",
                    format!("{} tags, and AWS leaves room for {}", tags.len(), limits::BLUEPRINT_TAGS),
                )
                .at(span)
                .help("production, owner, content_class, wraps_on and Name are set for you"),
            );
        }
        tags
    }

    /// The tags of a part of the production that no pool owns.
    pub(super) fn production_tags(&mut self, span: Span, name: &str) -> Tags {
        let name = format!("{} {name}", self.blueprint.production.alias);
        let own = self.blueprint.production.tags.clone();
        self.tags(span, Some(&name), &own)
    }
}

/// A value in the characters that every service takes, cut at 256: an owner may be called `Lighthouse & Sons`, but
/// IAM and KMS refuse that. Source: IAM user guide, "Rules for tagging"; AWS KMS API reference, `Tag`.
fn fit(value: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || " _.:/=+-@".contains(c) { c } else { '_' };
    value.chars().map(plain).take(256).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_the_characters_that_all_services_take() {
        assert_eq!(fit("Lighthouse & Söhne"), "Lighthouse _ Söhne");
        assert_eq!(fit(&"x".repeat(300)).len(), 256);
    }
}
