"""Evidence that fails a check: most of it is the good evidence with one thing changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import rfc8785
from msgspec.structs import replace

from ledger import canonical
from ledger.evidence import encode_evidence
from ledger.keys import ORDER
from ledger.primitives import decode_base64url, encode_base64url
from tests.ledger.builder import member_key, numbering, validator_set
from tools.vectors.ground import ANCHOR, CHAIN, DOCUMENT, FULL, Vector, checkpointed, entry, sealed

IDENTITY = encode_base64url(b"\xc0" + bytes(95))
"""The identity point as a signature."""


def _edited(edit: Callable[[dict[str, Any]], object]) -> bytes:
    value = copy.deepcopy(json.loads(encode_evidence(FULL)))
    edit(value)
    return rfc8785.dumps(value)


def _put(value: Any, *path: Any) -> bytes:
    """The full evidence with the value at a path replaced, or removed where the value is `...`."""

    def edit(target: Any) -> None:
        for key in path[:-1]:
            target = target[key]
        if value is ...:
            del target[path[-1]]
        else:
            target[path[-1]] = value

    return _edited(edit)


def _high_s() -> str:
    leaf = decode_base64url(FULL.entries[0].statement, field="statement")
    return encode_base64url(leaf[:-32] + (ORDER - int.from_bytes(leaf[-32:], "big")).to_bytes(32, "big"))


def _seal(height: int, names: tuple[str, ...], **changes: Any) -> dict[str, Any]:
    """A seal of these founders on a block, as JSON."""
    founders = validator_set(("alpha", "beta", "gamma", "delta"))
    seal = CHAIN.seal_as(CHAIN.blocks[height], founders, names)
    value: dict[str, Any] = json.loads(canonical.encode(msgspec.structs.replace(seal, **changes)))
    return value


def _signed(height: int, names: tuple[str, ...], **changes: Any) -> dict[str, Any]:
    """The same without what the header says, as a change of the set carries it."""
    seal = _seal(height, names, **changes)
    return {name: seal[name] for name in ("signers", "signature")}


Row = tuple[str, str, bytes, str]
"""The check that fails, a name, the evidence, and what is wrong with it."""


def bad() -> Iterator[Vector]:
    """Evidence that fails, with the check that says so."""
    for check, name, evidence, description in (*_files(), *_sets(), *_seals(), *_proofs(), *_contents()):
        yield Vector(
            name=f"bad-{check}-{name}",
            description=description,
            anchor=ANCHOR,
            evidence=evidence,
            failed_check=check,
        )
    yield from _bad_for_this_reader(encode_evidence(FULL))


def _files() -> tuple[Row, ...]:
    """Files that are not evidence, or not in their one form."""
    text = encode_evidence(FULL)
    return (
        ("file", "empty", b"", "No bytes at all."),
        ("file", "not-text", b"\xff" + text[1:], "Bytes that are not UTF-8."),
        ("file", "trailing-newline", text + b"\n", "Canonical JSON ends with its last bracket."),
        ("file", "space", text.replace(b":", b": ", 1), "A space that canonical JSON does not have."),
        ("file", "escaped", text.replace(b"bill/", b"bill\\/", 1), "A second spelling of a slash."),
        ("file", "float", text.replace(b'"version":1}', b'"version":1.0}'), "1.0 is not 1."),
        ("file", "null", text.replace(b'"subject"', b'"checkpoint":null,"subject"'), "Null is left out."),
        ("file", "deep", b"[" * 5_000, "Five thousand brackets."),
        ("file", "unknown-field", _put(1, "extra"), "A field that nobody checks."),
        ("file", "unknown-version", _put(2, "version"), "A format of the future."),
        ("file", "nothing-proven", _edited(lambda v: (v.pop("entries"), v.pop("record"))), "No proof."),
        ("file", "empty-list", _put([], "entries"), "An empty list is left out."),
        ("file", "header-unused", _put(..., "entries"), "The header of block 4 proves nothing."),
        ("file", "header-missing", _edited(lambda v: v["headers"].pop(0)), "The entry's header is absent."),
        ("file", "headers-falling", _edited(lambda v: v["headers"].reverse()), "Headers by falling height."),
        ("file", "entry-twice", _edited(lambda v: v["entries"].append(v["entries"][0])), "An entry twice."),
        ("file", "upper-case-hash", _put("AB" * 32, "network"), "Hashes are lower case."),
    )


def _sets() -> tuple[Row, ...]:
    """Evidence that leads from elsewhere, or to another validator set."""
    return (
        ("anchor", "other-network", _put("00" * 32, "network"), "A network that the reader does not trust."),
        ("anchor", "no-genesis", _put(..., "genesis"), "Neither the reader nor the file has the genesis."),
        ("anchor", "other-genesis", _put("Other", "genesis", "name"), "A genesis with another hash."),
        ("seal", "change-missing", _put(..., "set_changes"), "The change of validators is left out."),
        ("validators", "change-other-set", _edited(_swap_validators), "Not the set that the header names."),
        (
            "validators",
            "change-no-quorum",
            _edited(lambda v: v["set_changes"][0]["seal"].update(_signed(3, ("alpha", "beta")))),
            "2 of 4.",
        ),
        (
            "validators",
            "change-claimed-quorum",
            _edited(
                lambda v: v["set_changes"][0]["seal"].update(_signed(3, ("beta", "gamma"), signers="Dg"))
            ),
            "Two signed; the bitmap names three.",
        ),
        ("validators", "change-to-the-same", _edited(_change_nothing), "A header that hands over to nobody."),
        (
            "validators",
            "change-spelt-out",
            _edited(_spelt_out),
            "Who stays, in a second spelling.",
        ),
        (
            "validators",
            "change-of-no-seat",
            _put(4, "set_changes", 0, "seats", 0),
            "The set before has no fifth seat.",
        ),
        (
            "validators",
            "change-of-a-seat-twice",
            _put(2, "set_changes", 0, "seats", 0),
            "One seat twice.",
        ),
        (
            "validators",
            "change-at-another-height",
            _put(2, "set_changes", 0, "header", "height"),
            "Another header than the one that was sealed.",
        ),
        (
            "seal",
            "retired-validators",
            _put(_seal(4, ("alpha", "beta", "gamma")), "headers", 0, "seal"),
            "The old set.",
        ),
    )


def _seals() -> tuple[Row, ...]:
    """Seals that are none, or on something else."""
    return (
        ("seal", "none", _put(..., "headers", 0, "seal"), "A header without a seal."),
        (
            "seal",
            "of-another-block",
            _put(msgspec.to_builtins(FULL.headers[1].seal), "headers", 0, "seal"),
            "Block 5's.",
        ),
        ("seal", "other-round", _put(1, "headers", 0, "seal", "round"), "Signatures of round 0 in round 1."),
        ("seal", "huge-round", _put(2**32, "headers", 0, "seal", "round"), "A round beyond 32 bits."),
        (
            "seal",
            "seat-that-does-not-exist",
            _put("Fw", "headers", 0, "seal", "signers"),
            "Bit 4 of 4 seats.",
        ),
        (
            "seal",
            "long-bitmap",
            _put("BwA", "headers", 0, "seal", "signers"),
            "A second spelling of a bitmap.",
        ),
        ("seal", "padded-bitmap", _put("Bx", "headers", 0, "seal", "signers"), "Stray bits in base64url."),
        ("seal", "other-signers", _put("Dg", "headers", 0, "seal", "signers"), "Names who did not sign."),
        ("seal", "identity", _put(IDENTITY, "headers", 0, "seal", "signature"), "The identity point."),
        (
            "seal",
            "header-state-root",
            _put("00" * 32, "headers", 1, "header", "state_root"),
            "An altered header.",
        ),
        ("seal", "header-time", _put(0, "headers", 1, "header", "time_ms"), "An altered time."),
    )


def _proofs() -> tuple[Row, ...]:
    """Statements and records that are not what a sealed header commits to."""
    proven = FULL.entries[0]
    return (
        ("log", "other-index", _put(2, "entries", 0, "index"), "The proof is for index 3."),
        (
            "log",
            "short-path",
            _put(list(proven.path[:-1]), "entries", 0, "path"),
            "A path that is too short.",
        ),
        (
            "log",
            "long-path",
            _put([*proven.path, "00" * 32], "entries", 0, "path"),
            "A path that is too long.",
        ),
        ("log", "high-s", _put(_high_s(), "entries", 0, "statement"), "The other spelling of the signature."),
        ("log", "other-subject", _edited(_other_subject), "A statement about another record."),
        ("log", "later-header", _edited(_prove_late), "Proven under a later block than its own."),
        (
            "signature",
            "other-key",
            _put(member_key("beta/clerk").public_key.text, "entries", 0, "key"),
            "Beta's key.",
        ),
        ("signature", "not-a-point", _put(encode_base64url(bytes(33)), "entries", 0, "key"), "No point."),
        (
            "record",
            "altered",
            _put({"state": "void"}, "record", "value"),
            "Another value than the state holds.",
        ),
        ("record", "proof", _put("00" * 32, "record", "proof", "siblings", 0), "A wrong sibling."),
        ("record", "older-header", _edited(_older_record), "Not under the newest header."),
    )


def _contents() -> tuple[Row, ...]:
    """Disclosed documents and numbers that are not the record's own."""
    document = canonical.canonical_document(DOCUMENT)
    return (
        ("contents", "salt", _put(encode_base64url(bytes(16)), "contents", "salt"), "Another salt."),
        (
            "contents",
            "document",
            _put(encode_base64url(document.replace(b"1231", b"1232")), "contents", "document"),
            "Altered.",
        ),
        (
            "contents",
            "spelling",
            _put(encode_base64url(document + b" "), "contents", "document"),
            "Not RFC 8785.",
        ),
        (
            "contents",
            "no-record",
            encode_evidence(
                replace(FULL, headers=(sealed(1),), entries=(entry(2, 1),), record=None, set_changes=())
            ),
            "Contents that an act names; whether they became the record's, only the record says.",
        ),
        (
            "number",
            "other",
            _put(encode_base64url(numbering("CRLN:CRLN0002")), "contents", "numbering", "signature"),
            "The numbering signature of another number.",
        ),
        (
            "number",
            "other-key",
            _put({"numbering_key": "AA"}, "contents", "numbering", "carrier"),
            "A carrier's record that the state does not hold.",
        ),
    )


def _swap_validators(value: dict[str, Any]) -> None:
    value["set_changes"][0]["seats"].reverse()


def _spelt_out(value: dict[str, Any]) -> None:
    (stays, *_) = validator_set(("beta",)).validators
    value["set_changes"][0]["seats"][0] = json.loads(canonical.encode(stays))


def _change_nothing(value: dict[str, Any]) -> None:
    value["set_changes"][0] = json.loads(canonical.encode(CHAIN.handover(2, CHAIN.sets[2])))


def _other_subject(value: dict[str, Any]) -> None:
    value["subject"] = "x/1"
    del value["record"], value["contents"], value["headers"][1]


def _prove_late(value: dict[str, Any]) -> None:
    value["entries"] = [json.loads(canonical.encode(entry(3, 5)))]
    del value["headers"][0]


def _older_record(value: dict[str, Any]) -> None:
    value["headers"] = [json.loads(canonical.encode(sealed(1))), value["headers"][0]]
    value["record"]["height"] = 1


def _bad_for_this_reader(text: bytes) -> Iterator[Vector]:
    """Good evidence that is not what its reader asked for."""
    time_ms = CHAIN.tip.header.time_ms
    yield Vector(
        name="bad-age-too-old",
        description="One millisecond older than the reader allows.",
        anchor=ANCHOR,
        evidence=text,
        failed_check="age",
        max_age_ms=1_000,
        now_ms=time_ms + 1_001,
    )
    for name, expect in (
        ("other-bill", {"bill": "CRLN:CRLN0002"}),
        ("other-status", {"status": "surrendered|void"}),
        ("field-of-the-document", {"declaredValue": "1231.5"}),
        ("absent-field", {"nothing": "|"}),
    ):
        yield Vector(
            name=f"bad-expected-{name}",
            description="The file is sound and does not say this.",
            anchor=ANCHOR,
            evidence=text,
            expect=expect,
            failed_check="expected",
        )
    anchor, evidence = checkpointed(3)
    for name, wrong, description in (
        ("genesis", ANCHOR, "Led from a checkpoint, for a reader who trusts the genesis."),
        ("height", {**anchor, "height": 2}, "The trusted block at another height."),
        ("block", {**anchor, "block_id": "00" * 32}, "Another block than the trusted one."),
    ):
        yield Vector(
            name=f"bad-anchor-checkpoint-{name}",
            description=description,
            anchor=wrong,
            evidence=encode_evidence(evidence),
            failed_check="anchor",
        )
    yield Vector(
        name="bad-anchor-no-checkpoint",
        description="Led from the genesis, for a reader who trusts a checkpoint.",
        anchor=anchor,
        evidence=text,
        failed_check="anchor",
    )
