"""Holds an answer's bytes against botocore's model of the service.

botocore's parser drops what the model doesn't know and takes what it knows as it comes; here nothing may be unknown,
required members must be there, and values must have their types and be of their enums.
"""

import json
import re
import xml.etree.ElementTree as ElementTree

ISO_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
NUMBER = re.compile(r"^-?\d+(\.\d+)?$")


def misfits(operation, response):
    """What doesn't fit, in words."""
    body = response["body"]
    shape = operation.output_shape
    found = []
    if operation.metadata["protocol"] in ("json", "rest-json"):
        answer = json.loads(body) if body else {}
        if shape is None:
            return [f"an answer where the model has none: {answer}"] if answer else []
        _json(shape, answer, "", found)
        return found
    root = ElementTree.fromstring(body)
    if _local(root) != f"{operation.name}Response":
        found.append(f"the root is called {_local(root)}")
    elements = list(root)
    if operation.metadata["protocol"] == "query":
        wrapper = (shape.serialization.get("resultWrapper") if shape else None) or f"{operation.name}Result"
        results = [element for element in elements if _local(element) == wrapper]
        others = [element for element in elements if _local(element) not in (wrapper, "ResponseMetadata")]
        found += [f"the model has no {_local(element)} beside the result" for element in others]
        if shape is None:
            return found
        if not results:
            return found + [f"there is no {wrapper}"]
        elements = list(results[0])
    elif shape is None:
        # Where EC2 has nothing to tell it says `return`, which the model leaves out.
        names = [_local(element) for element in elements if _local(element) not in ("requestId", "return")]
        return found + [f"the model has no {name}" for name in names]
    else:
        elements = [element for element in elements if _local(element) not in ("requestId", "return")]
    _structure(shape, elements, "", found)
    return found


def _local(element):
    return element.tag.rpartition("}")[2]


def _structure(shape, elements, path, found):
    members = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
    seen = set()
    for element in elements:
        name = _local(element)
        if name not in members:
            found.append(f"the model has no {path}{name}")
            continue
        if name in seen:
            found.append(f"{path}{name} is there twice")
        seen.add(name)
        _xml(members[name][1], element, f"{path}{name}", found)
    seen_members = {members[name][0] for name in seen}
    found += [f"{path}{name} is required" for name in shape.required_members if name not in seen_members]


def _xml(shape, element, path, found):
    kind = shape.type_name
    if kind == "structure":
        _structure(shape, list(element), f"{path}.", found)
    elif kind == "list":
        name = shape.member.serialization.get("name", "member")
        for item in element:
            if _local(item) != name:
                found.append(f"an item of {path} is called {_local(item)}, not {name}")
            _xml(shape.member, item, f"{path}.{_local(item)}", found)
        if (element.text or "").strip():
            found.append(f"{path} is text where a list belongs")
    elif kind != "map":
        text = element.text or ""
        if len(element):
            found.append(f"{path} has elements where text belongs")
        right = {
            "boolean": text in ("true", "false"),
            "integer": NUMBER.match(text),
            "long": NUMBER.match(text),
            "double": NUMBER.match(text),
            "float": NUMBER.match(text),
            "timestamp": ISO_TIME.match(text),
        }.get(kind, True)
        if not right:
            found.append(f"{path} is {text!r}, which is no {kind}")
        _enum(shape, text, path, found)


def _json(shape, value, path, found):
    kind = shape.type_name
    types = {
        "structure": dict, "map": dict, "list": list, "string": str, "blob": str, "boolean": bool,
        "integer": int, "long": int, "double": (int, float), "float": (int, float), "timestamp": (int, float),
    }
    if not isinstance(value, types[kind]) or (isinstance(value, bool) and kind != "boolean"):
        found.append(f"{path or 'the answer'} is {value!r}, which is no {kind}")
    elif kind == "structure":
        members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, member in value.items():
            where = f"{path}.{name}" if path else name
            if name in members:
                _json(members[name], member, where, found)
            else:
                found.append(f"the model has no {where}")
        found += [f"{path}.{name} is required" for name in shape.required_members if name not in value]
    elif kind == "list":
        for item in value:
            _json(shape.member, item, f"{path}.item", found)
    elif kind == "string":
        _enum(shape, value, path, found)


def _enum(shape, text, path, found):
    values = getattr(shape, "enum", None)
    if values and text not in values:
        found.append(f"{path} is {text!r}, which is none of {', '.join(values)}")
