"""What an exercise is: steps with commands to type, and checks that look at what is really so.

Words are not here: a step, an exercise and whatever is missing have ids, and the
sentences under them are in `texts/lab`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cli.lab.ground import Ground

Facts = Mapping[str, str]
"""What narration and commands can name: numbers of bills, files, organisations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do."""

    id: str
    """Its text is `step_<id>`."""
    commands: tuple[str, ...] = ()
    """What to type, with `{fact}` placeholders."""
    check: Callable[[Ground], None]
    """Returns when the step is done; raises `Missing` when it is not."""
    choices: tuple[str, ...] = ()
    """Answers of which one is right; none where `sealane lab check` alone asks."""
    begin: Callable[[Ground], Facts] | None = None
    """Finds out, when the step is first shown, what its text and commands name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One exercise."""

    id: str
    """As typed: `first-bill`. Its texts are `title_<id>` and `about_<id>`, with underscores."""
    minutes: int
    """How long a newcomer needs, as trainers plan it."""
    prepare: Callable[[Ground], Facts]
    """Makes what has to be there on the running network before the first step."""
    steps: tuple[Step, ...]
    relayed: bool = False
    """Whether nodes reach each other through the lab's relay, which can cut them off."""
    actions: Mapping[str, Callable[[Ground], Facts]] = field(default_factory=dict)
    """What `sealane lab do` does here, by name; its text is `did_<name>`, with underscores."""

    @property
    def key(self) -> str:
        """The id as it stands in text keys."""
        return self.id.replace("-", "_")
