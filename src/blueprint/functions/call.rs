//! Calling a function: its name, the number and types of its arguments, each problem at its place.

use hcl_edit::expr::{Expression, FuncCall};

use super::signature::{Arguments, Failure, Function};
use super::table::{all, find};
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::evaluate::{Interpreter, Place};
use crate::blueprint::nearest::did_you_mean;
use crate::blueprint::source::Span;
use crate::blueprint::value::Value;

impl Interpreter<'_> {
    pub(in crate::blueprint) fn call(&self, call: &FuncCall, span: Span, place: Place<'_>) -> Value {
        let name = call.name.name.as_str();
        let name_span = place.span(&call.name.name);
        let found = if call.name.is_namespaced() { None } else { find(name) };
        // The arguments are evaluated even for an unknown function, for what is wrong in them.
        let given = self.arguments(call, place);
        let Some(function) = found else {
            let diagnostic =
                Diagnostic::error("unknown-function", format!("there is no function `{name}`")).at(name_span);
            let help = did_you_mean(name, all().iter().map(|function| function.name));
            return self.session.fail(match help {
                Some(help) => diagnostic.help(help),
                None => diagnostic.label("no such function"),
            });
        };
        let Some(given) = given else {
            return Value::UNKNOWN;
        };
        if !self.has_right_count(function, &given, name_span) {
            return Value::UNKNOWN;
        }
        let sensitive = given.iter().any(|(value, _)| value.is_sensitive());
        let Some(values) = self.take_all(function, &given) else {
            return Value::UNKNOWN;
        };
        let work = values.iter().map(|value| value.weight(100_000)).sum();
        if !self.session.spend(work, span) {
            return Value::UNKNOWN;
        }
        let arguments = Arguments { values: &values, files: self.session.files, sensitive };
        match (function.run)(&arguments) {
            Ok(value) => self.session.settle(value, span).marked_if(sensitive),
            Err(failure) => self.blame(function, &failure, &given, span),
        }
    }

    /// The arguments and their places; none where the last one, to be spread by `...`, is no list.
    fn arguments(&self, call: &FuncCall, place: Place<'_>) -> Option<Vec<(Value, Span)>> {
        let expressions: Vec<&Expression> = call.args.iter().collect();
        let mut given: Vec<(Value, Span)> =
            expressions.iter().map(|argument| (self.evaluate(argument, place), place.span(*argument))).collect();
        if !call.args.expand_final() {
            return Some(given);
        }
        let (last, span) = given.pop()?;
        if last.is_unknown() {
            return None;
        }
        let Some(values) = last.as_sequence() else {
            self.session.report(
                Diagnostic::error("wrong-type", "`...` spreads a list over the arguments")
                    .at(span)
                    .label(format!("expected a list, found a {}", last.kind_name())),
            );
            return None;
        };
        given.extend(values.iter().map(|value| (value.clone().marked_if(last.marked), span)));
        Some(given)
    }

    fn has_right_count(&self, function: &Function, given: &[(Value, Span)], name_span: Span) -> bool {
        let usage = format!("it is called as `{}`", function.usage());
        if given.len() < function.required {
            let missing = function.parameters.get(given.len()).map_or("", |parameter| parameter.name);
            self.session.report(
                Diagnostic::error("wrong-arguments", format!("`{}` lacks an argument", function.name))
                    .at(name_span)
                    .label(format!("`{missing}` is missing"))
                    .help(usage),
            );
            return false;
        }
        if function.variadic.is_none()
            && let Some((_, extra)) = given.get(function.parameters.len())
        {
            self.session.report(
                Diagnostic::error("wrong-arguments", format!("`{}` has too many arguments", function.name))
                    .at(*extra)
                    .label(format!("it takes {}", function.parameters.len()))
                    .help(usage),
            );
            return false;
        }
        true
    }

    /// All arguments as the function wants them; none where one is unknown or does not fit.
    fn take_all(&self, function: &Function, given: &[(Value, Span)]) -> Option<Vec<Value>> {
        let mut values = Vec::with_capacity(given.len());
        let mut fits = true;
        for (place, (value, span)) in given.iter().enumerate() {
            let Some(parameter) = function.parameter(place) else {
                continue;
            };
            if value.has_unknown() {
                fits = false;
                continue;
            }
            let taken = if value.is_null() && !parameter.nullable {
                Err("expected a value, found null".to_owned())
            } else {
                parameter.wanted.take(value.clone())
            };
            match taken {
                Ok(value) => values.push(value),
                Err(problem) => {
                    fits = false;
                    self.session.report(
                        Diagnostic::error(
                            "wrong-arguments",
                            format!("the argument `{}` of `{}` does not fit", parameter.name, function.name),
                        )
                        .at(*span)
                        .label(problem),
                    );
                }
            }
        }
        fits.then_some(values)
    }

    fn blame(&self, function: &Function, failure: &Failure, given: &[(Value, Span)], span: Span) -> Value {
        let at = failure.argument.and_then(|place| given.get(place)).map_or(span, |(_, span)| *span);
        self.session.fail(
            Diagnostic::error("function", format!("`{}` has no result", function.name))
                .at(at)
                .label(failure.message.clone()),
        )
    }
}
