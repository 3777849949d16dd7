"""Console sessions in Markdown: commands as a reader types them, and what they are said to print.

A ```` ```console ```` block has lines `$ COMMAND`, each followed by the output
worth showing. In it a `…` within a line stands for anything, and a line that is
`…` alone for any number of lines. A command that ends with `# refused` exits
with 1, every other one with 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

REFUSED = "# refused"
GAP = "…"


@dataclass(frozen=True, slots=True)
class Step:
    """One command and what the page says of it."""

    line: int
    """Line of the page, from 1."""
    command: str
    expected: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        return 1 if self.command.endswith(REFUSED) else 0

    def printed_as_told(self, output: str) -> bool:
        """Whether output is what the page shows; a page that shows none says nothing about it."""
        if not self.expected:
            return True
        pattern = "".join(
            r"(?:.*\n)*?" if line == GAP else ".*?".join(map(re.escape, line.split(GAP))) + "[ \t]*\n"
            for line in self.expected
        )
        return re.fullmatch(pattern, output.rstrip("\n") + "\n") is not None


def steps(page: str) -> Iterator[Step]:
    """The steps of a page in order."""
    inside, first, command, expected = False, 0, "", list[str]()
    for number, line in enumerate(page.splitlines(), start=1):
        ends = inside and (line.startswith(("$ ", "```")))
        if ends and command:
            yield Step(first, command, tuple(expected))
            command, expected = "", []
        if line.startswith("```"):
            inside = line == "```console" and not inside
        elif inside and line.startswith("$ "):
            first, command = number, line.removeprefix("$ ")
        elif inside and command.endswith("\\"):
            command = f"{command}\n{line}"
        elif inside:
            expected.append(line.rstrip())
