"""What the lab prints: a step's text, the lines to type, and what to do then.

A line to type stands alone, indented by four spaces: nothing else is. So a trainee,
and the test that stands in for one, can see what to type.
"""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from typing import Any

import texts
from cli.errors import CliError
from cli.lab.model import Exercise, Step
from cli.output import Output, flowed
from texts import Texts

CHECK = "sealane lab check"
INDENT = "    "

SPACED = ("en", "vi")
"""Languages that divide words by spaces; a terminal divides lines of the others as well as we could."""

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def choose_language(asked: str | None) -> str:
    """The language asked for, else that of the environment if there are texts in it, else English."""
    if asked is not None:
        if asked not in texts.LANGUAGES:
            do = f"--lang {'|'.join(texts.LANGUAGES)}"
            raise CliError(f"there are no texts in {asked}", do=do, code="lab.language")
        return asked
    given = next((os.environ[name] for name in _VARIABLES if os.environ.get(name)), "")
    if not given and os.name == "nt":
        given = locale.getlocale()[0] or ""
    code = given.replace("-", "_").partition("_")[0].lower()
    return code if code in texts.LANGUAGES else texts.REFERENCE


class Narrator:
    """Tells one exercise in one language."""

    def __init__(self, output: Output, language: str, options: str = "") -> None:
        """`options` are added to the lab's own commands, such as ` --dir room-b`."""
        self.output = output
        self.texts: Texts = texts.load("lab", language)
        self._options = options

    def notice(self) -> None:
        """Say that a translation was not reviewed, where that is so."""
        t = self.texts
        if not t.reviewed:
            self.output.note(t("unreviewed"))

    def prose(self, text: str) -> str:
        """What is told, in lines that fit the terminal; as it is where no spaces divide words."""
        width = self.output.columns
        return text if width is None or self.texts.language not in SPACED else flowed(text, width)

    def praise(self) -> str:
        """That a step is done."""
        t = self.texts
        return t("well_done")

    def columns(self) -> list[str]:
        """The heads of the list of exercises."""
        t = self.texts
        return [t(f"column_{name}") for name in ("number", "exercise", "title", "minutes", "done")]

    def title(self, exercise: Exercise) -> str:
        """What the exercise is called."""
        t = self.texts
        return t(f"title_{exercise.key}")

    def about(self, exercise: Exercise) -> str:
        """What it teaches, in a sentence."""
        t = self.texts
        return t(f"about_{exercise.key}")

    def missing(self, text: str, values: Mapping[str, object]) -> str:
        """What a step lacks."""
        t = self.texts
        return t(f"missing_{text}", **values)

    def did(self, action: str, values: Mapping[str, object]) -> str:
        """What an action of the lab did."""
        t = self.texts
        return t(f"did_{action.replace('-', '_')}", **values)

    def step(self, exercise: Exercise, place: int, values: Mapping[str, str]) -> tuple[dict[str, Any], str]:
        """A step: its JSON, and the text that shows it."""
        t, step = self.texts, exercise.steps[place]
        text = t(f"step_{step.id}", **values)
        commands = [self._line(command, values) for command in step.commands]
        answers = self._answers(step, values)
        head = t("head", title=self.title(exercise), step=place + 1, steps=len(exercise.steps))
        then = t("then_choose") if step.choices else t("then_check")
        lines = [self.output.paint(head, "bold"), "", self.prose(text.strip()), ""]
        lines += self._shown(commands)
        lines += ([""] if commands else []) + [then, "", *self._shown(answers)]
        value = {"step": step.id, "number": place + 1, "text": text, "commands": commands, "check": answers}
        return value, "\n".join(lines)

    def _answers(self, step: Step, values: Mapping[str, str]) -> list[str]:
        answers = [f"{CHECK} {choice}" for choice in step.choices] or [CHECK]
        return [self._line(answer, values) for answer in answers]

    def _line(self, command: str, values: Mapping[str, str]) -> str:
        """A command with its facts; the lab's own get its options."""
        filled = command.format_map(values)
        return filled + self._options if filled.startswith("sealane lab ") else filled

    def _shown(self, commands: list[str]) -> list[str]:
        return [INDENT + self.output.paint(command, "cyan") for command in commands]
