"""Kinds of values in the JSON that commands print, each with its meaning, said once."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    """One JSON object; nothing else may be in it."""


Height = Annotated[int, Meta(ge=0, description="Height of a block.")]
Index = Annotated[int, Meta(ge=0, description="Position in the log.")]
TimeMs = Annotated[int, Meta(description="Milliseconds since 1970, UTC.")]
Key = Annotated[str, Meta(description="Key of a record, such as `bill/<64 hex digits>`.")]
Id = Annotated[str, Meta(description="Statement id, hexadecimal.")]
Hash = Annotated[str, Meta(description="Hash, hexadecimal.")]
Network = Annotated[str, Meta(description="Network id, hexadecimal.")]
Organisation = Annotated[str, Meta(description="Id of an organisation.")]
Member = Annotated[str, Meta(description="Member, as `organisation/name`.")]
Act = Annotated[str, Meta(description="Name of an act, such as `bill.transfer`.")]
Version = Annotated[int, Meta(ge=0, description="Version of a record; 0 when there is none.")]
Directory = Annotated[str, Meta(description="Directory, as it was named.")]
File = Annotated[str, Meta(description="File, as it was named.")]
Url = Annotated[str, Meta(description="Address of a node's API.")]
Bytes = Annotated[int, Meta(ge=0, description="Size in bytes.")]
Count = Annotated[int, Meta(ge=0, description="How many.")]
Record = Annotated[dict[str, Any], Meta(description="The record itself: see [records](records.md).")]
Summary = Annotated[dict[str, Any], Meta(description="The record in words, for people.")]
Document = Annotated[dict[str, Any], Meta(description="The document itself.")]
Sentence = Annotated[str, Meta(description="For people; may change.")]
