"""The glossary on the command line and on its page: complete, with sources, unreviewed where it is."""

from __future__ import annotations

import json

import pytest

import texts
from cli.context import read_toml
from cli.glossary import GROUPS, terms
from tests.trainee import Run
from tools.docs.glossary import glossary_page

NAMES = {
    key.removeprefix("name_") for key in texts.load("glossary", "en").sentences if key.startswith("name_")
}


def test_every_term_has_a_name_a_meaning_and_a_source_that_exists() -> None:
    sentences = texts.load("glossary", "en").sentences
    assert set(terms()) == NAMES
    assert set(sentences) == {f"{kind}_{term}" for term in NAMES for kind in ("name", "means")}
    assert all(terms().values())
    listed = read_toml(texts.FOLDER / "glossary" / "sources.toml")
    used = {source for group in GROUPS for sources in listed[group].values() for source in sources}
    assert used == set(listed["sources"])


@pytest.mark.parametrize("language", ["zh", "vi", "km"])
def test_a_translation_differs_and_is_marked(language: str) -> None:
    english, other = texts.load("glossary", "en"), texts.load("glossary", language)
    alike = [key for key, text in other.sentences.items() if text == english.sentences[key]]
    assert set(alike) <= {"name_teu", "name_un_locode", "name_mrn"}
    assert not other.reviewed
    assert f"### {texts.LANGUAGES[language]}, not reviewed" in glossary_page()


def test_a_word_is_found_by_either_name(room: Run) -> None:
    found = json.loads(room("sealane lab words Surrender --lang vi --json").printed)
    assert {item["term"] for item in found["items"]} >= {"surrender", "telex_release"}
    assert (found["language"], found["reviewed"]) == ("vi", False)
    again = json.loads(room(f"sealane lab words '{found['items'][0]['name']}' --lang vi --json").printed)
    assert found["items"][0] in again["items"]


def test_a_word_that_is_not_there_is_said(room: Run) -> None:
    nothing = room("sealane lab words xyzzy")
    assert (nothing.exit_code, "lab.word" in nothing.printed) == (1, True)
