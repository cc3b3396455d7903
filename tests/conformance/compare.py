"""Takes out of answers what can't be equal on two clouds, and compares the rest."""

import datetime
import json
import re

# What a cloud makes up: EC2's ids, IAM's unique ids, UUIDs, addresses of hardware.
MADE_UP = re.compile(
    r"\b(?P<ec2>[a-z]+(?:-[a-z]+)*)-(?:[0-9a-f]{17}|[0-9a-f]{8})\b"
    r"|\b(?P<iam>A(?:ROA|IPA|IDA|NPA))[A-Z0-9]{12,}\b"
    r"|\b(?P<mrk>mrk)-[0-9a-f]{32}\b"
    r"|\b(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b"
    r"|\b(?P<mac>(?:[0-9a-f]{2}:){5}[0-9a-f]{2})\b"
)
# Times as numbers, as CloudWatch Logs gives them.
EARLIEST_MILLISECONDS = 1_000_000_000_000
# Not the end of a UUID, which may happen to have no letter in it.
ACCOUNT = re.compile(r"(?<![0-9a-f-])\d{12}\b")


def readable(value):
    """An answer with documents read, times and accounts taken out, and without empty values, which XML can't show."""
    if isinstance(value, dict):
        members = {name: readable(member) for name, member in value.items()}
        return {name: members[name] for name in sorted(members) if members[name] not in ([], {}, None)}
    if isinstance(value, list):
        return [readable(item) for item in value]
    if isinstance(value, datetime.datetime):
        return "<time>"
    if isinstance(value, int) and value > EARLIEST_MILLISECONDS:
        return "<time>"
    if isinstance(value, str) and value.startswith("{"):
        try:
            return readable(json.loads(value))
        except ValueError:
            return value
    if isinstance(value, str):
        return ACCOUNT.sub("<account>", value)
    return value


class Pairs:
    """Which made-up value of one cloud stands for which of the other: those that were first seen in the same place."""

    def __init__(self):
        self.names = ({}, {})

    def differences(self, ours, theirs):
        """The fields that differ, as (path, ours, theirs)."""
        if ("Error" in ours) != ("Error" in theirs):
            # Whatever the other one answered, it should not have answered or should have.
            yield "Error", str(ours.get("Error", "none")), str(theirs.get("Error", "none"))
            return
        yield from self._walk("", ours, theirs)

    def _walk(self, path, ours, theirs):
        if isinstance(ours, dict) and isinstance(theirs, dict):
            for name in sorted(set(ours) | set(theirs)):
                where = f"{path}.{name}" if path else name
                yield from self._walk(where, ours.get(name, "nothing"), theirs.get(name, "nothing"))
        elif isinstance(ours, list) and isinstance(theirs, list):
            ours, theirs = self._ordered(0, ours), self._ordered(1, theirs)
            for index in range(max(len(ours), len(theirs))):
                left = ours[index] if index < len(ours) else "nothing"
                right = theirs[index] if index < len(theirs) else "nothing"
                yield from self._walk(f"{path}.{index}", left, right)
        elif isinstance(ours, str) and isinstance(theirs, str):
            if MADE_UP.sub(_kind, ours) == MADE_UP.sub(_kind, theirs):
                self._bind(ours, theirs)
            left, right = self._named(0, ours), self._named(1, theirs)
            if left != right:
                yield path, left, right
        elif ours != theirs:
            left, right = (one if isinstance(one, str) else json.dumps(one) for one in (ours, theirs))
            yield path, self._named(0, left), self._named(1, right)

    def _bind(self, ours, theirs):
        for left, right in zip(MADE_UP.finditer(ours), MADE_UP.finditer(theirs)):
            if left[0] not in self.names[0] and right[0] not in self.names[1]:
                name = f"<{_kind(left)} {len(self.names[0]) + 1}>"
                self.names[0][left[0]] = self.names[1][right[0]] = name

    def _named(self, side, text):
        return MADE_UP.sub(lambda found: self.names[side].get(found[0], f"<new {_kind(found)}>"), text)

    def _ordered(self, side, items):
        """The items in an order that does not depend on made-up values."""

        def inward(value):
            if isinstance(value, dict):
                return {name: inward(member) for name, member in value.items()}
            return self._ordered(side, value) if isinstance(value, list) else value

        return sorted(items, key=lambda item: self._named(side, json.dumps(inward(item))))


def _kind(found):
    if found["ec2"] == "ami":
        return found[0]
    return found["ec2"] or next(name for name, text in found.groupdict().items() if text)
