"""`sealane lab words`: what ports and customs call things, in the trainee's language and in English."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

import texts
from cli.context import read_toml
from cli.errors import CliError, ExitCode
from cli.output import Output

GROUPS = ("shipping", "customs")
"""Tables of `texts/glossary/sources.toml` that list terms."""

WordArgument = Annotated[
    str | None, typer.Argument(metavar="WORD", help="Part of a term, in any language; all without it.")
]


def terms() -> dict[str, tuple[str, ...]]:
    """The terms in their order, each with where it comes from."""
    found = read_toml(texts.FOLDER / "glossary" / "sources.toml")
    names = found["sources"]
    return {
        term: tuple(names[source] for source in sources)
        for group in GROUPS
        for term, sources in found[group].items()
    }


def entry(term: str, language: str) -> tuple[str, str]:
    """A term and its meaning in a language."""
    t = texts.load("glossary", language)
    return t(f"name_{term}"), t(f"means_{term}")


def words(output: Output, language: str, wanted: str | None) -> None:
    """Print the terms that contain `wanted`, or all; `CliError` when there is none."""
    found = list(_matching(language, (wanted or "").casefold()))
    if not found:
        raise CliError(
            f"no term contains {wanted}",
            do="sealane lab words",
            exit_code=ExitCode.REFUSED,
            code="lab.word",
        )
    reviewed = texts.load("glossary", language).reviewed
    lines = []
    for item in found:
        english = "" if language == texts.REFERENCE else f" ({item['english']})"
        lines += [output.paint(f"{item['name']}{english}", "bold"), f"  {item['means']}"]
        lines += [f"  {output.paint(', '.join(item['sources']), 'dim')}"]
    output.result({"language": language, "reviewed": reviewed, "items": found}, lines)


def _matching(language: str, wanted: str) -> Iterator[dict[str, Any]]:
    for term, sources in terms().items():
        (name, means), (english, _) = entry(term, language), entry(term, texts.REFERENCE)
        if wanted in name.casefold() or wanted in english.casefold():
            yield {
                "term": term,
                "name": name,
                "means": means,
                "english": english,
                "sources": list(sources),
            }
