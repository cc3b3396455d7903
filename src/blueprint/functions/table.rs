//! The table of all functions: adding one is a line here and its code beside.

use super::signature::{Function, Parameter, Run, Wanted};
use super::{collections, conversions, formatting, network, numbers, reading, sets, strings};

/// The function of a name.
pub fn find(name: &str) -> Option<&'static Function> {
    ALL.binary_search_by(|function| function.name.cmp(name)).ok().and_then(|place| ALL.get(place))
}

/// All functions, sorted by name.
pub fn all() -> &'static [Function] {
    ALL
}

const fn fixed(name: &'static str, parameters: &'static [Parameter], doc: &'static str, run: Run) -> Function {
    Function { name, parameters, required: parameters.len(), variadic: None, doc, run }
}

const fn optional(
    name: &'static str,
    parameters: &'static [Parameter],
    required: usize,
    doc: &'static str,
    run: Run,
) -> Function {
    Function { name, parameters, required, variadic: None, doc, run }
}

const fn variadic(
    name: &'static str,
    parameters: &'static [Parameter],
    more: Parameter,
    doc: &'static str,
    run: Run,
) -> Function {
    Function { name, parameters, required: parameters.len(), variadic: Some(more), doc, run }
}

const ANY: Parameter = Parameter::new("value", Wanted::Any).nullable();
const STRING: Parameter = Parameter::new("string", Wanted::String);
const NUMBER: Parameter = Parameter::new("number", Wanted::Number);
const LIST: Parameter = Parameter::new("list", Wanted::Sequence);
const STRINGS: Parameter = Parameter::new("list", Wanted::Strings);
const SET: Parameter = Parameter::new("set", Wanted::Sequence);
const MAP: Parameter = Parameter::new("map", Wanted::Mapping);
const PREFIX: Parameter = Parameter::new("prefix", Wanted::String);
const PATH: Parameter = Parameter::new("path", Wanted::String);
const CHARACTERS: Parameter = Parameter::new("characters", Wanted::String);

const ALL: &[Function] = &[
    fixed("abs", &[NUMBER], "The number without its sign.", numbers::abs),
    fixed("alltrue", &[LIST], "Whether all elements are true; so it is for an empty list.", sets::all_true),
    fixed("anytrue", &[LIST], "Whether an element is true.", sets::any_true),
    fixed("ceil", &[NUMBER], "The number rounded up.", numbers::ceil),
    fixed(
        "cidrhost",
        &[PREFIX, Parameter::new("host", Wanted::Number)],
        "The address of a host in a network; negative numbers count from its end.",
        network::cidr_host,
    ),
    fixed("cidrnetmask", &[PREFIX], "The mask of an IPv4 network, such as 255.255.0.0.", network::cidr_netmask),
    fixed(
        "cidrsubnet",
        &[PREFIX, Parameter::new("newbits", Wanted::Number), Parameter::new("netnum", Wanted::Number)],
        "The network of a number within a network, its prefix longer by `newbits`.",
        network::cidr_subnet,
    ),
    variadic(
        "cidrsubnets",
        &[PREFIX],
        Parameter::new("newbits", Wanted::Number),
        "Consecutive networks within a network, the prefix of each longer by its `newbits`.",
        network::cidr_subnets,
    ),
    variadic(
        "coalesce",
        &[],
        ANY,
        "The first argument that is neither null nor an empty string.",
        collections::coalesce,
    ),
    fixed("compact", &[STRINGS], "The strings that are neither null nor empty.", strings::compact),
    variadic("concat", &[], LIST, "One list of the elements of several.", collections::concat),
    fixed("contains", &[LIST, ANY], "Whether a list or set has an element.", collections::contains),
    fixed("distinct", &[LIST], "The elements without those that came before.", collections::distinct),
    fixed(
        "element",
        &[LIST, Parameter::new("index", Wanted::Number)],
        "The element at an index, which begins anew at the end of the list.",
        collections::element,
    ),
    fixed(
        "endswith",
        &[STRING, Parameter::new("suffix", Wanted::String)],
        "Whether the string ends with the suffix.",
        strings::ends_with,
    ),
    fixed("file", &[PATH], "The text of a file below the blueprint's folder.", reading::file),
    fixed("flatten", &[LIST], "The elements, with those of lists in it in their place.", collections::flatten),
    fixed("floor", &[NUMBER], "The number rounded down.", numbers::floor),
    variadic(
        "format",
        &[Parameter::new("format", Wanted::String)],
        ANY,
        "The text with its verbs, such as `%s` and `%03d`, replaced by the values.",
        formatting::format,
    ),
    variadic(
        "formatlist",
        &[Parameter::new("format", Wanted::String)],
        ANY,
        "A text for each element of the lists among the values.",
        formatting::format_list,
    ),
    variadic(
        "join",
        &[Parameter::new("separator", Wanted::String)],
        STRINGS,
        "The strings as one, with the separator between them.",
        strings::join,
    ),
    fixed("jsonencode", &[ANY], "The value as JSON.", conversions::json_encode),
    fixed("keys", &[MAP], "The keys, sorted.", collections::keys),
    fixed(
        "length",
        &[Parameter::new("value", Wanted::Any)],
        "How many elements a collection has, or characters a string.",
        collections::length,
    ),
    optional(
        "lookup",
        &[MAP, Parameter::new("key", Wanted::String), Parameter::new("default", Wanted::Any).nullable()],
        2,
        "The value of a key, or the default where there is none.",
        collections::lookup,
    ),
    fixed("lower", &[STRING], "The string in lower case.", strings::lower),
    variadic("max", &[NUMBER], NUMBER, "The largest number.", numbers::max),
    variadic(
        "merge",
        &[],
        MAP.nullable(),
        "One map of the entries of several; of equal keys the last wins.",
        collections::merge,
    ),
    variadic("min", &[NUMBER], NUMBER, "The smallest number.", numbers::min),
    fixed("one", &[LIST], "The only element; null for an empty list.", sets::one),
    optional(
        "range",
        &[
            Parameter::new("first", Wanted::Number),
            Parameter::new("limit", Wanted::Number),
            Parameter::new("step", Wanted::Number),
        ],
        1,
        "The numbers from `first` (or 0) up to, not including, `limit`.",
        numbers::range,
    ),
    fixed(
        "regex",
        &[Parameter::new("pattern", Wanted::String), STRING],
        "What of the string the pattern matches first: text, or its groups.",
        strings::regex,
    ),
    fixed(
        "replace",
        &[STRING, Parameter::new("substring", Wanted::String), Parameter::new("replacement", Wanted::String)],
        "The string with each occurrence replaced; a substring between slashes is a pattern.",
        strings::replace,
    ),
    fixed("reverse", &[LIST], "The elements in reverse order.", collections::reverse),
    variadic("setintersection", &[SET], SET, "The elements that all of the sets have.", sets::intersection),
    fixed(
        "setsubtract",
        &[SET, Parameter::new("other", Wanted::Sequence)],
        "The elements of the first set that the other has not.",
        sets::subtract,
    ),
    variadic("setunion", &[SET], SET, "The elements of all of the sets.", sets::union),
    fixed(
        "slice",
        &[LIST, Parameter::new("start", Wanted::Number), Parameter::new("end", Wanted::Number)],
        "The elements from `start` up to, not including, `end`.",
        collections::slice,
    ),
    fixed("sort", &[STRINGS], "The strings, sorted.", strings::sort),
    fixed(
        "split",
        &[Parameter::new("separator", Wanted::String), STRING],
        "The parts of the string between the separators.",
        strings::split,
    ),
    fixed("startswith", &[STRING, PREFIX], "Whether the string begins with the prefix.", strings::starts_with),
    fixed(
        "substr",
        &[STRING, Parameter::new("offset", Wanted::Number), Parameter::new("length", Wanted::Number)],
        "A part of the string; a negative offset counts from its end, length -1 is all the rest.",
        strings::substr,
    ),
    fixed("sum", &[Parameter::new("list", Wanted::Numbers)], "The sum of the numbers.", numbers::sum),
    fixed(
        "templatefile",
        &[PATH, Parameter::new("vars", Wanted::Mapping)],
        "A template file below the blueprint's folder, rendered with the variables.",
        reading::template_file,
    ),
    fixed("title", &[STRING], "The string with the first letter of each word in upper case.", strings::title),
    fixed("tobool", &[ANY], "The value as a bool.", conversions::to_bool),
    fixed("tolist", &[ANY], "The value as a list, its elements of one type.", conversions::to_list),
    fixed("tomap", &[ANY], "The value as a map, its values of one type.", conversions::to_map),
    fixed("tonumber", &[ANY], "The value as a number.", conversions::to_number),
    fixed(
        "toset",
        &[ANY],
        "The value as a set: sorted, without duplicates, its elements of one type.",
        conversions::to_set,
    ),
    fixed("tostring", &[ANY], "The value as a string.", conversions::to_string),
    fixed("trim", &[STRING, CHARACTERS], "The string without these characters at its ends.", strings::trim),
    fixed("trimprefix", &[STRING, PREFIX], "The string without the prefix, where it has it.", strings::trim_prefix),
    fixed("trimspace", &[STRING], "The string without white space at its ends.", strings::trim_space),
    fixed(
        "trimsuffix",
        &[STRING, Parameter::new("suffix", Wanted::String)],
        "The string without the suffix, where it has it.",
        strings::trim_suffix,
    ),
    fixed("upper", &[STRING], "The string in upper case.", strings::upper),
    fixed("values", &[MAP], "The values, sorted by their keys.", collections::values),
    fixed(
        "zipmap",
        &[Parameter::new("keys", Wanted::Strings), Parameter::new("values", Wanted::Sequence)],
        "A map of the keys to the values at the same places.",
        collections::zip_map,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_documented() {
        assert!(ALL.is_sorted_by(|a, b| a.name < b.name), "sorted, for the search");
        for function in ALL {
            assert!(function.doc.ends_with('.'), "{}", function.name);
            assert!(function.required <= function.parameters.len(), "{}", function.name);
        }
        assert_eq!(find("cidrsubnet").map(Function::usage).as_deref(), Some("cidrsubnet(prefix, newbits, netnum)"));
        assert_eq!(find("range").map(Function::usage).as_deref(), Some("range(first, limit?, step?)"));
        assert_eq!(find("max").map(Function::usage).as_deref(), Some("max(number, number…)"));
    }

    #[test]
    fn all_promised_functions_are_there() {
        let promised = "abs ceil coalesce concat contains cidrhost cidrnetmask cidrsubnet cidrsubnets distinct element \
            endswith file flatten floor format formatlist join jsonencode keys length lookup lower max merge min range \
            regex replace reverse setunion sort split startswith substr sum templatefile title tobool tolist tomap \
            tonumber toset tostring trim trimprefix trimspace trimsuffix upper values zipmap";
        for name in promised.split_whitespace() {
            assert!(find(name).is_some(), "{name}");
        }
    }
}
