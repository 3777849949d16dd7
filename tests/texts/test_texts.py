"""Every area says the same in every language, says nothing that is not used, and lacks nothing that is."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import texts
from tools.tree import ROOT

SOURCES = {
    "glossary": ("cli/glossary.py",),
    "lab": ("cli/lab/*.py",),
    "pages": ("nodes/pages/**/*.py", "nodes/pages/**/*.html"),
    "verify": ("nodes/pages/templates/verify.html", "web/src/page/*.ts", "web/build.mjs"),
}
"""Where the texts of an area are used."""

CALL = re.compile(r"""\b(t|say)\(\s*f?["']([a-z0-9_]+)(["'{])(\s*[~+])?""")
"""A call such as `t("sign_in")`, or of one of a family: `t("state_" ~ name)`, `t(f"state_{name}")`."""

SAY = frozenset({"verify"})
"""Areas whose texts are called by `say`: their pages stand in a frame that calls its own by `t`."""

OTHERS = [language for language in texts.LANGUAGES if language != texts.REFERENCE]


def calls(area: str) -> Iterator[tuple[str, bool]]:
    """What the sources of an area call: a key, or what the keys of a family begin with."""
    for pattern in SOURCES[area]:
        for path in ROOT.glob(pattern):
            for called, key, closing, joined in CALL.findall(path.read_text(encoding="utf-8")):
                if (called == "say") == (area in SAY):
                    yield key, bool(joined) or closing == "{"


def test_every_area_is_looked_at() -> None:
    assert set(texts.areas()) == set(SOURCES)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("area", texts.areas())
def test_a_language_has_the_keys_and_placeholders_of_the_reference(area: str, language: str) -> None:
    reference, other = texts.load(area, texts.REFERENCE), texts.load(area, language)
    assert list(other.sentences) == list(reference.sentences), "the same keys in the same order"
    for key, sentence in reference.sentences.items():
        wanted = sorted(texts.PLACEHOLDER.findall(sentence))
        assert sorted(texts.PLACEHOLDER.findall(other.sentences[key])) == wanted, key


@pytest.mark.parametrize("area", texts.areas())
def test_every_text_is_used_and_every_used_text_exists(area: str) -> None:
    known = set(texts.load(area, texts.REFERENCE).sentences)
    used = set(calls(area))
    families = {key for key, family in used if family}
    exact = {key for key, family in used if not family}
    assert exact <= known
    unused = {key for key in known - exact if not any(key.startswith(family) for family in families)}
    assert unused == set()
    assert {family for family in families if not any(key.startswith(family) for key in known)} == set()


def test_what_a_translator_did_not_read_is_marked() -> None:
    assert texts.load("pages", texts.REFERENCE).reviewed
    assert not texts.load("pages", "km").reviewed


def test_a_value_is_put_in_as_it_is() -> None:
    said = texts.Texts("pages", "en", True, texts.MappingProxyType({"greeting": "Hello {name}, {name}."}))
    assert said("greeting", name="{name} & <b>") == "Hello {name} & <b>, {name} & <b>."


def test_what_is_missing_is_said() -> None:
    said = texts.Texts("pages", "en", True, texts.MappingProxyType({"greeting": "Hello {name}."}))
    with pytest.raises(texts.TextError, match="needs a value for 'name'"):
        said("greeting")
    with pytest.raises(texts.TextError, match="no text 'farewell'"):
        said("farewell")
    with pytest.raises(texts.TextError, match="no texts in 'xx'"):
        texts.load("pages", "xx")
    with pytest.raises(texts.TextError, match="no texts for 'nothing'"):
        texts.load("nothing", "en")


TERMS = {
    "bill_type_blank": "blank_bill",
    "bill_type_sea_waybill": "sea_waybill",
    "bill_type_straight": "straight_bill",
    "bill_type_to_order": "bill_to_order",
    "bill_possessor": "possessor",
    "bill_titleholder": "titleholder",
    "act_bill_endorse": "endorsement",
    "act_bill_surrender": "surrender",
    "act_clearance_clear": "cleared",
    "act_clearance_hold": "hold",
    "act_clearance_release": "released",
    "direction_transit": "transit",
    "holds_title": "hold",
    "state_cleared": "cleared",
    "state_invalidated": "invalidated",
    "state_released": "released",
}
"""Texts of the pages that name something of the glossary."""


VERIFY_TERMS = {"lead_node": "bill_of_lading", "do_stale": "released"}
"""The same of the verify page."""


@pytest.mark.parametrize("language", OTHERS)
def test_pages_call_things_what_the_glossary_calls_them(language: str) -> None:
    glossary, strange = texts.load("glossary", language), {}
    for area, terms in (("pages", TERMS), ("verify", VERIFY_TERMS)):
        said = texts.load(area, language)
        for key, term in terms.items():
            names = glossary(f"name_{term}")
            if not any(bare(name) in said(key).casefold() for name in re.split("[、,]", names)):
                strange[area, key] = (said(key), names)
    assert strange == {}


def bare(name: str) -> str:
    """A term without what only says that it has come to pass, or that it is an order."""
    return re.sub("^(已|đã |bị |lệnh tạm |lệnh |បាន|ការ)", "", name.strip().casefold())
