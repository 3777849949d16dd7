"""The glossary: Sealane's own words, and those of shipping and customs in four languages."""

from __future__ import annotations

from cli.context import read_toml
from cli.glossary import GROUPS, entry
from texts import FOLDER, LANGUAGES, REFERENCE, load
from tools.docs.markdown import notice, page, table, wrapped

_FOLDER = FOLDER / "glossary"
_OTHERS = tuple(language for language in LANGUAGES if language != REFERENCE)
_TITLES = {"shipping": "Words of shipping", "customs": "Words of customs"}


def glossary_page() -> str:
    """The page `docs/glossary.md`."""
    own, listed = read_toml(_FOLDER / "own.toml"), read_toml(_FOLDER / "sources.toml")
    return page(
        (
            "# Glossary",
            notice("texts/glossary"),
            "## Sealane's words",
            table(("word", "meaning"), list(own["words"].items())),
            *(part for group in GROUPS for part in _group(group, listed[group])),
            "## Names and standards",
            table(("word", "meaning"), list(own["names"].items())),
            "## The same in other languages",
            wrapped(_unreviewed()),
            *(part for language in _OTHERS for part in _language(language, listed)),
            "## Sources",
            wrapped(
                "The terms are those of these documents, as far as they have them; the definitions are "
                "written for this page and say how Sealane uses the word."
            ),
            table(("source", "document"), list(listed["sources"].items())),
        )
    )


def _group(group: str, sources: dict[str, list[str]]) -> tuple[str, str]:
    rows = [(*entry(term, REFERENCE), ", ".join(named)) for term, named in sources.items()]
    return f"## {_TITLES[group]}", table(("word", "meaning", "source"), rows)


def _language(language: str, listed: dict[str, dict[str, list[str]]]) -> tuple[str, str]:
    rows = [(entry(term, REFERENCE)[0], *entry(term, language)) for group in GROUPS for term in listed[group]]
    mark = "" if load("glossary", language).reviewed else ", not reviewed"
    return f"### {LANGUAGES[language]}{mark}", table(("English", "word", "meaning"), rows)


def _unreviewed() -> str:
    waiting = [LANGUAGES[language] for language in _OTHERS if not load("glossary", language).reviewed]
    if not waiting:
        return "Native speakers have reviewed all of them."
    return (
        f"No native speaker has reviewed these yet: {', '.join(waiting)}. Corrections are welcome in "
        "`texts/glossary`; whoever has read a whole file may set `reviewed` there."
    )
