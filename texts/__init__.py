"""Sentences for people, in the languages of the corridor.

Each area of the product (`pages`, `verify`, `lab`, `glossary`) has a folder with
one TOML file a language: a flat table from a key to a sentence with `{name}`
placeholders. English is the reference: a test demands the same keys and the same
placeholders of every other language, and that each key is used. Refusals and the
commands speak English only; their codes are the same everywhere.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

REFERENCE: Final = "en"

LANGUAGES: Final = MappingProxyType({"en": "English", "zh": "中文", "vi": "Tiếng Việt", "km": "ភាសាខ្មែរ"})
"""Languages by their code (BCP 47), each by its own name."""

FOLDER: Final = Path(__file__).resolve().parent

KEY: Final = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class TextError(Exception):
    """A text that does not exist, or a value that it needs and was not given."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one area in one language."""

    area: str
    language: str
    reviewed: bool
    """Whether somebody who speaks the language from childhood has read them all."""
    sentences: MappingProxyType[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """A sentence with its placeholders filled; raises `TextError` when key or value is missing."""
        sentence = self.sentences.get(key)
        if sentence is None:
            raise TextError(f"{self.area}/{self.language}.toml has no text {key!r}")

        def fill(match: re.Match[str]) -> str:
            if match[1] not in values:
                raise TextError(f"the text {key!r} of {self.area} needs a value for {match[1]!r}")
            return str(values[match[1]])

        return PLACEHOLDER.sub(fill, sentence)

    def __contains__(self, key: str) -> bool:
        return key in self.sentences


def areas() -> tuple[str, ...]:
    """The areas that have texts."""
    return tuple(sorted(path.name for path in FOLDER.iterdir() if (path / f"{REFERENCE}.toml").is_file()))


@cache
def load(area: str, language: str) -> Texts:
    """The texts of an area; raises `TextError` for an area or language without any.

    A file has two tables: `[about]` with `reviewed`, and `[texts]`.
    """
    if language not in LANGUAGES:
        raise TextError(f"there are no texts in {language!r}; languages are {', '.join(LANGUAGES)}")
    if area not in areas():
        raise TextError(f"there are no texts for {area!r}; areas are {', '.join(areas())}")
    file = FOLDER / area / f"{language}.toml"
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        reviewed, sentences = document["about"]["reviewed"], document["texts"]
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise TextError(f"{area}/{language}.toml cannot be read: {error}") from None
    for key, sentence in sentences.items():
        if not KEY.fullmatch(key) or not isinstance(sentence, str) or not sentence.strip():
            raise TextError(f"{area}/{language}.toml: {key!r} is not a key with a sentence")
    return Texts(area, language, reviewed is True, MappingProxyType(sentences))
