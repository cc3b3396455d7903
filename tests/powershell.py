"""Reads PowerShell scripts. Says what in them is no PowerShell, a line each; nothing where all of it is.

With --shape, prints instead how each script is built, a line each, without the texts in it: two scripts that differ in
values alone have one shape.
"""

import sys

import tree_sitter_powershell
from tree_sitter import Language, Parser


def errors(node):
    if node.is_error or node.is_missing:
        yield node
    elif node.has_error:
        for child in node.children:
            yield from errors(child)


def shape(node):
    return f"({node.type}{''.join(shape(child) for child in node.children)})"


parser = Parser(Language(tree_sitter_powershell.language()))
sys.setrecursionlimit(10_000)
arguments = sys.argv[1:]
only_shape = arguments[:1] == ["--shape"]
for path in arguments[1:] if only_shape else arguments:
    with open(path, "rb") as file:
        text = file.read()
    root = parser.parse(text).root_node
    if only_shape:
        print(repr(shape(root)))
        continue
    lines = text.split(b"\n")
    for node in errors(root):
        row = node.start_point[0]
        what = f"lacks {node.type}" if node.is_missing else "not understood"
        print(f"{path}:{row + 1}: {what}: {lines[row].decode(errors='replace').strip()}")
