"""The page of domain tags, read from the syntax of `ledger/hashing.py`.

The meaning of a tag is the string beneath it, which Python does not keep at run
time; so the page is made from the source, where both stand together.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from tools.tree import ROOT

SOURCE = "ledger/hashing.py"
"""Where every tag is listed."""

HEAD = f"""# Domain tags

<!-- Made from {SOURCE} by `python -m tools.docs --write`; do not edit. -->

A hash in Sealane is `SHA-256(SHA-256(tag) || SHA-256(tag) || data)`, with the ASCII
bytes of one of these tags, so that the digests of two uses can never be confused. Only
the log hashes without a tag: RFC 9162 section 2.1.1 prescribes its prefixes.

A changed format gets a new number at the end of its tag.

| name | tag | from and to |
|---|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDoc:
    """One tag as it is documented."""

    name: str
    """Name of the enum member."""
    tag: str
    """The tag itself."""
    meaning: str
    """The sentence beneath it."""


def read_tags(source: str) -> list[TagDoc]:
    """The tags of the enum `Tag`, in their order in the source.

    Raises `ValueError` when there is no such enum, or a tag has no meaning
    beneath it, since a page with a gap would be worse than none.
    """
    enum = next((n for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == "Tag"), None)
    if enum is None:
        raise ValueError(f"{SOURCE} has no class named Tag")
    tags: list[TagDoc] = []
    for node, beneath in zip(enum.body, [*enum.body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, tag, meaning = node.targets[0].id, _string(node.value), _string(beneath)
            if tag is None or meaning is None:
                raise ValueError(f"{SOURCE}:{node.lineno}: {name} needs a string, and its meaning beneath it")
            tags.append(TagDoc(name=name, tag=tag, meaning=" ".join(meaning.split())))
    return tags


def _string(node: ast.AST | None) -> str | None:
    """The string that a node spells, alone or as a statement; None when it spells none."""
    value = node.value if isinstance(node, ast.Expr) else node
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def hashing_page() -> str:
    """The text of `docs/reference/hashing.md`."""
    tags = read_tags((ROOT / SOURCE).read_text(encoding="utf-8"))
    return HEAD + "".join(f"| `{t.name}` | `{t.tag}` | {_cell(t.meaning)} |\n" for t in tags)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
