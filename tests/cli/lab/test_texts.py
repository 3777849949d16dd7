"""The lab's texts: exactly those of its exercises, naming only what an exercise knows."""

from __future__ import annotations

import re

import pytest

import texts
from cli.lab.exercises import EXERCISES
from cli.lab.narration import SPACED, Narrator
from cli.output import Output
from tools.tree import ROOT

SENTENCES = texts.load("lab", texts.REFERENCE).sentences

RAISED = re.compile(r'(?:Missing|NotYet)\(\s*"([a-z_]+)"')

MARGIN = 100
"""Lines of English end before it, in the trainee's terminal."""


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("columns", [60, 80])
def test_prose_fits_a_narrow_terminal_word_by_word(language: str, columns: int) -> None:
    narrator = Narrator(Output(columns=columns), language)
    assert Narrator(Output(), language).prose("x y " * 50) == "x y " * 50
    for key, sentence in texts.load("lab", language).sentences.items():
        if key.startswith(("step_", "learned_", "did_")):
            told = narrator.prose(sentence.strip())
            assert told.split() == sentence.split()
            assert language not in SPACED or max(map(len, told.splitlines())) <= columns, key


def family(prefix: str) -> set[str]:
    return {key.removeprefix(prefix) for key in SENTENCES if key.startswith(prefix)}


def test_every_exercise_and_step_has_its_text_and_no_other_exists() -> None:
    keys = {exercise.key for exercise in EXERCISES}
    assert (family("title_"), family("about_"), family("learned_")) == (keys, keys, keys)
    steps = [step.id for exercise in EXERCISES for step in exercise.steps]
    assert len(steps) == len(set(steps))
    assert family("step_") == set(steps)
    actions = {name.replace("-", "_") for exercise in EXERCISES for name in exercise.actions}
    assert family("did_") == actions


def test_everything_that_can_be_missing_has_a_sentence_and_no_other_exists() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "cli" / "lab").glob("*.py"))
    known = family("missing_")
    assert set(RAISED.findall(sources)) <= known
    assert {name for name in known if f'"{name}"' not in sources} == set()


@pytest.mark.parametrize("key", SENTENCES)
def test_a_sentence_fits_a_terminal_and_ends(key: str) -> None:
    sentence = SENTENCES[key].strip()
    if not key.startswith(("column_", "head", "title_", "unreviewed", "missing_")):
        assert max(map(len, sentence.splitlines())) <= MARGIN
    if key.startswith(("step_", "missing_", "learned_", "about_", "did_")):
        assert sentence.endswith((".", "?", ":", "}"))
        assert not any(line.startswith("    ") for line in sentence.splitlines()), "it would be typed"
