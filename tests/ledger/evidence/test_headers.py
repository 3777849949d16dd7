"""Which header proves what, and what a file of any other form is."""

from __future__ import annotations

import json
import time
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.block import header_id
from ledger.errors import EvidenceError
from ledger.evidence import (
    MAX_EVIDENCE_BYTES,
    CheckpointAnchor,
    GenesisAnchor,
    SealedHeader,
    encode_evidence,
    verify_evidence,
)
from ledger.primitives import encode_base64url
from tests.ledger.builder import Chain, member_key
from tests.ledger.evidence.making import (
    BILL,
    check,
    failed,
    make,
    prove_entry,
    prove_record,
)


@pytest.fixture(scope="module")
def history() -> Chain:
    """Five blocks, the subject acted on in blocks 1 and 3, and its record as block 3 left it."""
    chain = Chain()
    chain.add((chain.statement("alpha/clerk", BILL, "bill.issue", {"n": 1}),), {BILL: b'{"state":"a"}'})
    chain.add((chain.statement("beta/clerk", "x/1", "bill.issue", {}),), {"x/1": b"{}"})
    chain.add((chain.statement("alpha/clerk", BILL, "bill.transfer", {"n": 2}),), {BILL: b'{"state":"b"}'})
    chain.add((), {"y/1": b"{}"})
    chain.add(())
    return chain


def test_the_time_of_an_entry_is_its_own_blocks(history: Chain) -> None:
    report = check(history, make(history, BILL, entries=(prove_entry(history, 1, 1),)))
    assert (report.statements[0].height, report.statements[0].time_ms) == (
        1,
        history.blocks[1].header.time_ms,
    )
    for later in (2, 3, 5):
        assert failed(history, make(history, BILL, entries=(prove_entry(history, 1, later),))) == "log"


def test_a_record_of_an_older_block_is_no_current_status(history: Chain) -> None:
    """A holder who shows the record as it was, beside the later statement that changed it."""
    entries = (prove_entry(history, 1, 1), prove_entry(history, 3, 3))
    good = make(history, BILL, entries=entries, record=prove_record(history, BILL))
    assert check(history, good, ("status", "b")).status_header == history.blocks[5].header
    stale = msgspec.structs.replace(good, record=msgspec.structs.replace(good.record, height=1))
    headers = tuple(item for item in good.headers if item.header.height != 5)
    assert failed(history, msgspec.structs.replace(stale, headers=headers)) == "record"


def test_headers_absent_extra_or_out_of_order(history: Chain) -> None:
    good = make(history, BILL, entries=(prove_entry(history, 1, 1),), record=prove_record(history, BILL))
    one, five = good.headers
    two = SealedHeader(header=history.blocks[2].header, seal=history.seals[2])
    for headers in ((one,), (five,), (five, one), (one, one, five), (one, two, five), (one, five, five)):
        assert failed(history, msgspec.structs.replace(good, headers=headers)) == "file"
    assert failed(history, msgspec.structs.replace(good, headers=())) == "file"


def test_entries_repeated_or_out_of_order(history: Chain) -> None:
    first, second = prove_entry(history, 1, 1), prove_entry(history, 3, 3)
    check(history, make(history, BILL, entries=(first, second)))
    for entries in ((second, first), (first, first)):
        assert failed(history, make(history, BILL, entries=entries)) == "file"
    assert (
        failed(history, msgspec.structs.replace(make(history, BILL, entries=(first,)), entries=())) == "file"
    )


def test_entries_of_another_record_index_or_key(history: Chain) -> None:
    first = prove_entry(history, 1, 1)
    assert failed(history, make(history, "x/1", entries=(first,))) == "log"
    assert failed(history, make(history, BILL, entries=(prove_entry(history, 2, 2),))) == "log"
    for change, check_name in (
        ({"index": 0}, "log"),
        ({"index": 2}, "log"),
        ({"index": 2**53 - 1}, "log"),
        ({"path": ()}, "log"),
        ({"path": (*first.path, "00" * 32)}, "log"),
        ({"path": (*first.path[:-1], "00" * 32)}, "log"),
        ({"statement": encode_base64url(history.leaves[3])}, "log"),
        ({"statement": ""}, "log"),
        ({"key": member_key("beta/clerk").public_key.text}, "signature"),
        ({"key": ""}, "signature"),
        ({"key": encode_base64url(bytes(33))}, "signature"),
        ({"key": first.key + "A"}, "signature"),
    ):
        changed = msgspec.structs.replace(first, **change)
        assert failed(history, make(history, BILL, entries=(changed,))) == check_name, change


def test_the_genesis_document_is_no_statement(history: Chain) -> None:
    assert failed(history, make(history, BILL, entries=(prove_entry(history, 0, 1),))) == "log"


def test_seals_of_other_blocks_rounds_and_sets(history: Chain) -> None:
    good = make(history, BILL, entries=(prove_entry(history, 1, 1),))
    (item,) = good.headers
    assert item.seal is not None
    for seal in (
        None,
        history.seals[2],
        msgspec.structs.replace(item.seal, round=1),
        msgspec.structs.replace(item.seal, round=2**32),
        msgspec.structs.replace(item.seal, signers="Dw"),
        msgspec.structs.replace(item.seal, signers="_w"),
        msgspec.structs.replace(item.seal, signers=""),
        msgspec.structs.replace(item.seal, signers="BwA"),
        msgspec.structs.replace(item.seal, signature=""),
        msgspec.structs.replace(item.seal, signature=encode_base64url(b"\xc0" + bytes(95))),
    ):
        changed = msgspec.structs.replace(good, headers=(SealedHeader(header=item.header, seal=seal),))
        assert failed(history, changed) == "seal"


def test_a_header_of_an_unknown_version_is_not_interpreted() -> None:
    chain = Chain()
    chain.add((chain.statement("alpha/clerk", BILL, "bill.issue", {}),))
    block = chain.blocks[1]
    future = msgspec.structs.replace(block, header=msgspec.structs.replace(block.header, version=2))
    seal = chain.seal(future, ("alpha", "beta", "gamma"))
    evidence = make(chain, BILL, entries=(prove_entry(chain, 1, 1),))
    headers = (SealedHeader(header=future.header, seal=seal),)
    assert failed(chain, msgspec.structs.replace(evidence, headers=headers)) == "seal"


# The checkpoint


def test_only_the_checkpoint_itself_needs_no_seal(history: Chain) -> None:
    from ledger.evidence import CheckpointHeader

    trusted = CheckpointAnchor(height=1, block_id=header_id(history.blocks[1].header))
    checkpoint = CheckpointHeader(header=history.blocks[1].header, validators=history.tip.validators)
    entry = make(history, BILL, entries=(prove_entry(history, 1, 1),))
    bare = msgspec.structs.replace(
        entry, checkpoint=checkpoint, headers=(SealedHeader(header=history.blocks[1].header),)
    )
    report = verify_evidence(encode_evidence(bare), trusted)
    assert report.signers == ()
    assert "Block 1 is the checkpoint you trust." in [item.sentence for item in report.checks]
    later = msgspec.structs.replace(
        make(history, BILL, entries=(prove_entry(history, 3, 3),)),
        checkpoint=checkpoint,
        headers=(SealedHeader(header=history.blocks[3].header),),
    )
    with pytest.raises(EvidenceError, match="no seal"):
        verify_evidence(encode_evidence(later), trusted)


# Size, form and cost


def test_size_and_arbitrary_files(history: Chain) -> None:
    anchor = GenesisAnchor.of(history.genesis)
    data = encode_evidence(make(history, BILL, entries=(prove_entry(history, 1, 1),)))
    for bad in (
        b"",
        b"{}",
        b"[]",
        data + b"\n",
        b" " + data,
        data[:-1],
        data.replace(b'"version":1}', b'"version":2}'),
        data.replace(b"sealane-evidence", b"sealane-evidencE"),
        data + b" " * MAX_EVIDENCE_BYTES,
        data.replace(b'"subject"', b'"record":null,"subject"'),
        data.replace(b'"subject"', b'"set_changes":[],"subject"'),
        b"[" * MAX_EVIDENCE_BYTES,
        b"[" * 17 + b'"' + b'\\"' * ((MAX_EVIDENCE_BYTES - 20) // 2),
    ):
        start = time.process_time()
        with pytest.raises(EvidenceError) as failure:
            verify_evidence(bad, anchor)
        assert failure.value.report is not None
        assert [item.name for item in failure.value.report.checks] == ["file"]
        assert time.process_time() - start < 4


def test_a_thousand_items_and_no_more(history: Chain) -> None:
    good = make(history, BILL, entries=(prove_entry(history, 1, 1),))
    text = json.loads(encode_evidence(good))
    text["headers"] = text["headers"] * 1001
    with pytest.raises(EvidenceError, match="length <= 1000"):
        verify_evidence(rfc8785.dumps(text), GenesisAnchor.of(history.genesis))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=400)
@given(st.data())
def test_any_value_anywhere_is_refused_with_a_report(history: Chain, data: st.DataObject) -> None:
    """Replace any part of a good file by any JSON value."""
    entries = (prove_entry(history, 1, 1), prove_entry(history, 3, 3))
    good = make(history, BILL, entries=entries, record=prove_record(history, BILL))
    copy = json.loads(encode_evidence(good))
    target: Any = copy
    for _ in range(data.draw(st.integers(0, 5))):
        keys = list(target) if isinstance(target, dict) else range(len(target))
        step = data.draw(st.sampled_from(keys))
        if not isinstance(target[step], dict | list) or not target[step]:
            break
        target = target[step]
    keys = list(target) if isinstance(target, dict) else list(range(len(target)))
    step = data.draw(st.sampled_from(keys))
    value = data.draw(JSON)
    unchanged = json.dumps(target[step], sort_keys=True) == json.dumps(value, sort_keys=True)
    target[step] = value
    text = json.dumps(copy, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode(
        "utf-8", "replace"
    )
    anchor = GenesisAnchor.of(history.genesis)
    if unchanged:
        return
    with pytest.raises(EvidenceError) as failure:
        verify_evidence(text, anchor)
    assert failure.value.report is not None
