"""Evidence: what it proves, and that every byte of it matters."""

from __future__ import annotations

import json

import msgspec
import pytest
import rfc8785

from ledger import canonical
from ledger.block import header_id
from ledger.bls import backend
from ledger.contents import bill_id, contents_commitment, sign_number
from ledger.errors import EvidenceError
from ledger.evidence import (
    CheckpointAnchor,
    CheckpointHeader,
    Disclosure,
    Evidence,
    Expectation,
    GenesisAnchor,
    Numbering,
    Outcome,
    ProvenEntry,
    ProvenRecord,
    SealedHeader,
    encode_evidence,
    verify_evidence,
)
from ledger.merkle import inclusion_path
from ledger.primitives import encode_base64url
from ledger.state import key_hash, prove
from tests.ledger.builder import (
    CARRIER,
    CARRIER_KEY,
    Chain,
    bill_key,
    carrier_record,
    entropy,
    make_genesis,
    member_key,
    numbering,
    numbering_secret,
)

DOCUMENT = {"carrierCode": "CRLN", "transportDocumentReference": "CRLN0001", "declaredValue": 1231.5}
SALT = b"0123456789abcdef"
SUBJECT = bill_key("CRLN:CRLN0001")
COMMITMENT = contents_commitment(SALT, DOCUMENT)


@pytest.fixture(scope="module")
def chain() -> Chain:
    chain = Chain()
    chain.add((chain.statement("alpha/clerk", "bill/" + "cd" * 32, "bill.issue", {"n": 1}),))
    issued = chain.statement("alpha/clerk", SUBJECT, "bill.issue", {"contents": COMMITMENT.hex()})
    record = canonical.encode(
        {"carrier": CARRIER, "contents": COMMITMENT.hex(), "state": "issued", "version": 1}
    )
    chain.add(
        (chain.statement("beta/clerk", "x/1", "bill.issue", {}), issued),
        {SUBJECT: record, CARRIER_KEY: carrier_record()},
    )
    chain.add((), {"y/1": b"{}"})
    return chain


def prove_number(chain: Chain, number: str) -> Numbering:
    return Numbering(
        signature=encode_base64url(numbering(number)),
        carrier=msgspec.Raw(chain.records[CARRIER_KEY]),
        proof=prove(key_hash(CARRIER_KEY), chain.pages.get),
    )


def make_evidence(chain: Chain, *, genesis: bool = True, checkpoint: int | None = None) -> Evidence:
    index = 3
    header = chain.blocks[2].header
    newest = chain.blocks[-1].header
    path = inclusion_path(index, header.log_size, chain.read_nodes)
    return Evidence(
        format="sealane-evidence",
        version=1,
        network=chain.network.hex(),
        subject=SUBJECT,
        headers=tuple(
            SealedHeader(header=chain.blocks[h].header, seal=chain.seals[h]) for h in (2, newest.height)
        ),
        entries=(
            ProvenEntry(
                statement=encode_base64url(chain.leaves[index]),
                key=member_key("alpha/clerk").public_key.text,
                index=index,
                height=2,
                path=tuple(node.hex() for node in path),
            ),
        ),
        record=ProvenRecord(
            value=msgspec.Raw(chain.records[SUBJECT]),
            height=newest.height,
            proof=prove(key_hash(SUBJECT), chain.pages.get),
        ),
        genesis=chain.genesis if genesis else None,
        checkpoint=None
        if checkpoint is None
        else CheckpointHeader(header=chain.blocks[checkpoint].header, validators=chain.tip.validators),
        contents=Disclosure(
            salt=encode_base64url(SALT),
            document=encode_base64url(rfc8785.dumps(DOCUMENT)),
            numbering=prove_number(chain, "CRLN:CRLN0001"),
        ),
    )


def test_every_check_passes_and_says_so(chain: Chain) -> None:
    report = verify_evidence(
        encode_evidence(make_evidence(chain)),
        GenesisAnchor(network=chain.network),
        expect=(
            Expectation(field="bill", value="CRLN:CRLN0001"),
            Expectation(field="status", value="issued|x"),
        ),
        max_age_ms=5_000,
        now_ms=chain.tip.header.time_ms + 4_000,
    )
    assert [check.name for check in report.checks] == [
        "file", "anchor", "validators", "seal", "log", "signature", "record", "contents",
        "number", "fields", "expected", "age",
    ]  # fmt: skip
    assert {check.outcome for check in report.checks if check.name != "fields"} == {Outcome.PASSED}
    assert report.signers == ("alpha", "beta", "gamma")
    assert report.document == DOCUMENT
    assert report.number == "CRLN:CRLN0001"
    assert report.statements[0].issuer == "alpha/clerk"


def failed_check(data: bytes, anchor: object, **options: object) -> str:
    with pytest.raises(EvidenceError) as failure:
        verify_evidence(data, anchor, **options)  # type: ignore[arg-type]
    assert failure.value.report is not None
    last = failure.value.report.checks[-1]
    assert last.outcome is Outcome.FAILED
    return last.name


def test_any_single_changed_byte_fails(chain: Chain) -> None:
    data = encode_evidence(make_evidence(chain))
    anchor = GenesisAnchor(network=chain.network)
    for position in range(0, len(data), 23):
        changed = bytearray(data)
        changed[position] ^= 1
        failed_check(bytes(changed), anchor)


def test_every_field_is_bound(chain: Chain) -> None:
    """Replace each leaf value of the file by another of the same type: none may go unnoticed."""
    original = json.loads(encode_evidence(make_evidence(chain)))
    anchor = GenesisAnchor.of(chain.genesis)

    def places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        if isinstance(value, dict):
            return [p for k, v in value.items() for p in places(v, (*path, k))]
        if isinstance(value, list):
            return [p for k, v in enumerate(value) for p in places(v, (*path, k))]
        return [path]

    for path in places(original):
        copy = json.loads(json.dumps(original))
        target = copy
        for key in path[:-1]:
            target = target[key]
        old = target[path[-1]]
        target[path[-1]] = old + 1 if isinstance(old, int) else ("A" if old[:1] != "A" else "B") + old[1:]
        failed_check(rfc8785.dumps(copy), anchor)


def test_another_network_is_the_anchor_check(chain: Chain) -> None:
    other = GenesisAnchor.of(make_genesis(("one", "two")))
    assert failed_check(encode_evidence(make_evidence(chain)), other) == "anchor"


def test_hash_alone_needs_the_document_in_the_file(chain: Chain) -> None:
    data = encode_evidence(make_evidence(chain, genesis=False))
    assert failed_check(data, GenesisAnchor(network=chain.network)) == "anchor"
    verify_evidence(data, GenesisAnchor.of(chain.genesis))


def test_from_a_checkpoint(chain: Chain) -> None:
    data = encode_evidence(make_evidence(chain, checkpoint=1))
    trusted = CheckpointAnchor(height=1, block_id=header_id(chain.blocks[1].header))
    assert "leads from the block you trust" in verify_evidence(data, trusted).checks[1].sentence
    wrong = CheckpointAnchor(height=1, block_id=header_id(chain.blocks[2].header))
    assert failed_check(data, wrong) == "anchor"
    assert failed_check(data, GenesisAnchor.of(chain.genesis)) == "anchor"
    later = encode_evidence(make_evidence(chain, checkpoint=2))
    assert (
        failed_check(later, CheckpointAnchor(height=2, block_id=header_id(chain.blocks[2].header))) == "seal"
    )


def test_wrong_bill_wrong_status_too_old(chain: Chain) -> None:
    data, anchor = encode_evidence(make_evidence(chain)), GenesisAnchor.of(chain.genesis)
    now = chain.tip.header.time_ms + 10_000
    for item in (("bill", "CRLN:CRLN0002"), ("subject", "bill/" + "00" * 32), ("status", "surrendered")):
        assert failed_check(data, anchor, expect=(Expectation(field=item[0], value=item[1]),)) == "expected"
    assert failed_check(data, anchor, max_age_ms=9_999, now_ms=now) == "age"
    verify_evidence(data, anchor, max_age_ms=10_000, now_ms=now)


def test_a_seal_without_a_quorum_fails(chain: Chain) -> None:
    evidence = make_evidence(chain)
    weak = chain.blocks[2]
    seal = chain.seal(weak, ("alpha", "beta"))
    headers = (SealedHeader(header=weak.header, seal=seal), evidence.headers[1])
    forged = msgspec.structs.replace(evidence, headers=headers)
    assert failed_check(encode_evidence(forged), GenesisAnchor.of(chain.genesis)) == "seal"


def test_the_reference_implementation_agrees(chain: Chain) -> None:
    data = encode_evidence(make_evidence(chain))
    report = verify_evidence(data, GenesisAnchor.of(chain.genesis), bls=backend("reference"))
    assert (report.checks[3].name, report.checks[3].outcome) == ("seal", Outcome.PASSED)


def test_size_of_evidence(chain: Chain) -> None:
    """The budget: under 4 KB beside the statement and the document."""
    evidence = msgspec.structs.replace(make_evidence(chain), contents=None)
    beside = len(encode_evidence(evidence)) - len(evidence.entries[0].statement)
    assert beside < 6_500


def test_a_number_that_is_not_proven_meets_no_expectation(chain: Chain) -> None:
    evidence = make_evidence(chain)
    assert evidence.contents is not None
    bare = msgspec.structs.replace(evidence.contents, numbering=None)
    data = encode_evidence(msgspec.structs.replace(evidence, contents=bare))
    anchor = GenesisAnchor.of(chain.genesis)
    report = verify_evidence(data, anchor)
    assert (report.number, report.checks[8].outcome) == ("", Outcome.NOT_APPLICABLE)
    assert (
        failed_check(data, anchor, expect=(Expectation(field="bill", value="CRLN:CRLN0001"),)) == "expected"
    )


def test_another_numbers_signature_is_the_number_check(chain: Chain) -> None:
    evidence = make_evidence(chain)
    assert evidence.contents is not None
    other = msgspec.structs.replace(evidence.contents, numbering=prove_number(chain, "CRLN:CRLN0002"))
    data = encode_evidence(msgspec.structs.replace(evidence, contents=other))
    assert failed_check(data, GenesisAnchor.of(chain.genesis)) == "number"


def test_a_carrier_cannot_take_another_carriers_number() -> None:
    """A document that names the number of someone else's bill does not make this bill that one."""
    document = {"carrierCode": "OTHR", "transportDocumentReference": "OTHR0001"}
    commitment = contents_commitment(SALT, document).hex()
    chain = Chain()
    record = canonical.encode({"carrier": CARRIER, "contents": commitment, "state": "issued", "version": 1})
    chain.add((), {SUBJECT: record, CARRIER_KEY: carrier_record()})
    evidence = Evidence(
        format="sealane-evidence",
        version=1,
        network=chain.network.hex(),
        subject=SUBJECT,
        headers=(SealedHeader(header=chain.blocks[1].header, seal=chain.seals[1]),),
        record=ProvenRecord(
            value=msgspec.Raw(record), height=1, proof=prove(key_hash(SUBJECT), chain.pages.get)
        ),
        contents=Disclosure(
            salt=encode_base64url(SALT),
            document=encode_base64url(rfc8785.dumps(document)),
            numbering=prove_number(chain, "OTHR:OTHR0001"),
        ),
    )
    assert failed_check(encode_evidence(evidence), GenesisAnchor.of(chain.genesis)) == "number"


def test_a_number_signed_with_a_key_that_the_ledger_does_not_have_is_refused() -> None:
    """Whoever may issue can choose any id; only the carrier's own key on the ledger makes it a number's."""
    secret = backend().derive_secret(entropy("a key of the forger"))
    signature = sign_number(secret, "CRLN", "CRLN0001")
    subject = f"bill/{bill_id(signature).hex()}"
    chain = Chain()
    record = canonical.encode(
        {"carrier": CARRIER, "contents": COMMITMENT.hex(), "state": "issued", "version": 1}
    )
    chain.add((), {subject: record, CARRIER_KEY: carrier_record()})
    forged = canonical.encode(
        {"id": CARRIER, "numbering_key": encode_base64url(backend().public_key(secret))}
    )
    disclosure = Disclosure(
        salt=encode_base64url(SALT),
        document=encode_base64url(rfc8785.dumps(DOCUMENT)),
        numbering=Numbering(
            signature=encode_base64url(signature),
            carrier=msgspec.Raw(forged),
            proof=prove(key_hash(CARRIER_KEY), chain.pages.get),
        ),
    )
    evidence = Evidence(
        format="sealane-evidence",
        version=1,
        network=chain.network.hex(),
        subject=subject,
        headers=(SealedHeader(header=chain.blocks[1].header, seal=chain.seals[1]),),
        record=ProvenRecord(
            value=msgspec.Raw(record), height=1, proof=prove(key_hash(subject), chain.pages.get)
        ),
        contents=disclosure,
    )
    assert failed_check(encode_evidence(evidence), GenesisAnchor.of(chain.genesis)) == "number"


@pytest.mark.parametrize(
    ("issued_ms", "replaced_ms", "good"), [(5, 9, True), (9, 9, True), (10, 9, False), (5, 4, False)]
)
def test_a_number_is_proven_by_the_key_of_the_time_of_issue(
    issued_ms: int, replaced_ms: int, good: bool
) -> None:
    """The key that numbered it was replaced: it counts for bills of before, and of that block."""
    fresh = backend().public_key(backend().derive_secret(entropy("fresh numbers")))
    old = backend().public_key(numbering_secret())
    former = [{"key": encode_base64url(old), "until_ms": replaced_ms}]
    carrier = {"former_numbering": former, "id": CARRIER, "numbering_key": encode_base64url(fresh)}
    bill = {"carrier": CARRIER, "contents": COMMITMENT.hex(), "created_ms": issued_ms, "state": "issued"}
    chain = Chain()
    chain.add((), {SUBJECT: canonical.encode(bill), CARRIER_KEY: canonical.encode(carrier)})
    evidence = Evidence(
        format="sealane-evidence",
        version=1,
        network=chain.network.hex(),
        subject=SUBJECT,
        headers=(SealedHeader(header=chain.blocks[1].header, seal=chain.seals[1]),),
        record=ProvenRecord(
            value=msgspec.Raw(chain.records[SUBJECT]),
            height=1,
            proof=prove(key_hash(SUBJECT), chain.pages.get),
        ),
        contents=Disclosure(
            salt=encode_base64url(SALT),
            document=encode_base64url(rfc8785.dumps(DOCUMENT)),
            numbering=prove_number(chain, "CRLN:CRLN0001"),
        ),
    )
    anchor = GenesisAnchor.of(chain.genesis)
    if good:
        assert verify_evidence(encode_evidence(evidence), anchor).number == "CRLN:CRLN0001"
    else:
        assert failed_check(encode_evidence(evidence), anchor) == "number"
