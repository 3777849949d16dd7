"""A trainee who knows nothing but what the lab prints, and is curious whether its checks can fail.

Lines indented by four spaces are typed as they stand. Before doing what a step says,
the trainee asks for a check, which must fail and say what is missing; of several
answers, every wrong one is tried first. Which answer is right follows from what the
typed lines printed, by the rule that the step's text gives in words.

Needs nothing but Python, so it can learn from a Sealane that is installed anywhere:

    python tests/trainee.py [EXERCISE...]      in an empty folder, with `sealane` on the path
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

LINE = re.compile(r"^    (sealane .+)$", re.MULTILINE)
CHECK = "sealane lab check"

MAX_STEPS = 12
"""More than any exercise has."""

LINE_TIMEOUT_S = 600.0
"""Longer than any line may take."""


@dataclass(frozen=True)
class Typed:
    """A line that was typed, and what came of it."""

    line: str
    exit_code: int
    printed: str
    """What it printed, notes included."""


Run = Callable[[str], Typed]


def shell(*words: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> Run:
    """Types lines into a shell: `bash -c` here, or whatever WORDS lead to; both streams are what is seen."""

    def run(line: str) -> Typed:
        done = subprocess.run(
            [*(words or ("bash", "-c")), line],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=LINE_TIMEOUT_S,
            check=False,
        )
        return Typed(line, done.returncode, done.stdout)

    return run


Rule = Callable[[list[Typed], str], bool]
"""Whether an answer is right, given what was typed in this step."""


@dataclass
class Trainee:
    """Goes through one exercise."""

    run: Run
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """How to tell the right answer, by the title's step number: `2`."""
    missed: list[str] = field(default_factory=list)
    """What the checks said was missing."""

    def learn(self, exercise: str, options: str = "") -> str:
        """Start an exercise and finish it; the last thing printed."""
        shown = self._done(f"sealane lab start {exercise}{options}")
        for number in range(1, MAX_STEPS):
            lines = LINE.findall(shown)
            todo = [line for line in lines if not line.startswith(CHECK)]
            checks = [line for line in lines if line.startswith(CHECK)]
            if not checks:
                assert not todo, shown
                return shown
            self._fails(checks[0] if len(checks) == 1 else CHECK)
            typed = [self._typed(line) for line in todo]
            shown = self._done(self._right(checks, typed, str(number)))
        raise AssertionError(f"{exercise} does not end")

    def _right(self, checks: list[str], typed: list[Typed], number: str) -> str:
        if len(checks) == 1:
            return checks[0]
        answers = {line: line.removeprefix(CHECK).split()[0] for line in checks}
        right = [line for line, answer in answers.items() if self.rules[number](typed, answer)]
        assert len(right) == 1, (right, typed)
        for line in checks:
            if line != right[0]:
                self._fails(line)
        return right[0]

    def _typed(self, line: str) -> Typed:
        typed = self.run(line)
        assert "Traceback" not in typed.printed, typed
        assert typed.exit_code in (0, 1, 3), typed
        return typed

    def _fails(self, line: str) -> None:
        typed = self._typed(line)
        assert typed.exit_code == 1, f"this must fail and does not: {typed}"
        self.missed.append(typed.printed.strip())

    def _done(self, line: str) -> str:
        typed = self._typed(line)
        assert typed.exit_code == 0, typed
        return typed.printed


def _ends_well(typed: list[Typed], answer: str) -> bool:
    """The file with this letter verifies."""
    return any(f"/{answer}.evidence.json" in one.line and one.exit_code == 0 for one in typed)


def _fails_at(typed: list[Typed], answer: str) -> bool:
    """The check of this name is in the line that says that it failed."""
    return re.search(rf"fail +{answer} ", typed[0].printed) is not None


def _possessor(typed: list[Typed], answer: str) -> bool:
    """The bill that is shown is possessed by this organisation."""
    return re.search(rf"^possessor +{answer}$", typed[-1].printed, re.MULTILINE) is not None


def _refused_with(typed: list[Typed], answer: str) -> bool:
    """The line was refused with this code."""
    return f"[{answer}]" in typed[0].printed


def _is_guilty(typed: list[Typed], answer: str) -> bool:
    """Both nodes that were asked name this organisation as guilty."""
    asked = [one for one in typed if "node status" in one.line]
    return all(re.search(rf"^guilty +{answer}$", one.printed, re.MULTILINE) for one in asked)


RULES: Mapping[str, Mapping[str, Rule]] = {
    "forged-document": {"1": _ends_well, "2": _fails_at, "3": _ends_well},
    "who-holds-the-bill": {"1": _possessor},
    "lift-the-hold": {"1": _refused_with},
    "the-equivocating-node": {"1": _is_guilty},
}
"""How the texts of exercises say that the right answer is found, by exercise and step."""


def main(exercises: list[str]) -> None:
    """Finish exercises, all unless some are named; the room is left as it was found, but for their folder."""
    run = shell()
    listed = re.findall(r"^\s*\d+\s+([a-z-]+)", run("sealane lab list --lang en").printed, re.MULTILINE)
    assert listed, "sealane lab list shows no exercise"
    try:
        for exercise in exercises or listed:
            began = time.monotonic()
            trainee = Trainee(run, RULES.get(exercise, {}))
            assert "finished" in trainee.learn(exercise, " --lang en"), exercise
            assert trainee.missed, f"{exercise} takes for done what is not"
            took_s = time.monotonic() - began
            print(f"trainee: {exercise} finished in {took_s:.0f} s", file=sys.stderr, flush=True)
    finally:
        run("sealane lab stop")


if __name__ == "__main__":
    main(sys.argv[1:])
