"""Contents and searches: stored by parties, shown and found by the entitled alone."""

from __future__ import annotations

import csv
import io
import json

from contracts.documents.package import Package, encode_package
from ledger.contents import container_commitment
from ledger.evidence import GenesisAnchor, parse_evidence, verify_evidence
from ledger.sealing import SealedContent, encode_sealed, seal_content
from nodes.api.limits import MAX_CONTENTS_BYTES
from tests.nodes.api.rig import CLERK, QUAY, TRADER, Rig, contents_key, problem

CONTAINER, DOCUMENT = "container/" + "ab" * 16, "document/" + "cd" * 16


def package(subject: str = DOCUMENT, title: str = "Invoice of ceramic tiles") -> Package:
    return Package(kind="document", subject=subject, salt=bytes(16), document={"title": title, "total": 12.5})


def sealed(made: Package, *organisations: str) -> SealedContent:
    return seal_content(
        encode_package(made),
        commitment=made.commitment(),
        kind=made.kind,
        subject=made.subject,
        keys=[contents_key(organisation).public for organisation in organisations],
        content_key=bytes(32),
        nonce=bytes(12),
    )


async def register(rig: Rig, made: Package, subject: str = DOCUMENT, member: str = TRADER) -> None:
    """A container on the ledger, and a document of a party's that belongs to it."""
    if rig.application.state().get(CONTAINER) is None:
        gate_in = {
            "event": "gate_in",
            "classifier": "actual",
            "facility": "VNHPH",
            "event_ms": rig.clock.time_ms - 1_000,
            "purpose": "export",
            "container": {
                "commitment": container_commitment(bytes(16), "SLNU1002356").hex(),
                "operator": "quay",
                "parties": ["river"],
            },
        }
        answer = await rig.submit(rig.statement("movement.record", CONTAINER, gate_in, member=QUAY))
        assert answer.status_code == 201, answer.text
    body = {
        "type": "invoice",
        "contents": made.commitment().hex(),
        "containers": [CONTAINER.partition("/")[2]],
    }
    answer = await rig.submit(rig.statement("document.register", subject, body, member=member))
    assert answer.status_code == 201, answer.text


def place(made: Package) -> str:
    return f"/v1/contents/{made.commitment().hex()}"


async def test_a_party_stores_and_reads(rig: Rig) -> None:
    made = package()
    data = encode_package(made)
    answer = await rig.put(place(made), data, member=TRADER)
    assert answer.json() == {
        "commitment": made.commitment().hex(),
        "kind": "document",
        "subject": DOCUMENT,
        "bytes": len(data),
    }
    await register(rig, made)
    found = await rig.get(place(made), member=TRADER)
    assert (found.content, found.headers["content-type"]) == (data, "application/json")


async def test_others_are_not_entitled(rig: Rig) -> None:
    made = package()
    await rig.put(place(made), encode_package(made), member=TRADER)
    await register(rig, made)
    for member in (CLERK, QUAY):
        problem(await rig.get(place(made), member=member), 403, "contents.not-entitled")
        problem(await rig.put(place(made), encode_package(made), member=member), 403, "contents.not-entitled")


async def test_contents_that_do_not_match_are_refused(rig: Rig) -> None:
    made, other = package(), package(title="Another")
    problem(await rig.put(place(made), encode_package(other), member=TRADER), 400, "contents.malformed")
    problem(await rig.put(place(made), b"{", member=TRADER), 400, "contents.malformed")
    problem(await rig.put("/v1/contents/xyz", encode_package(made)), 400, "request.invalid", "commitment")
    problem(
        await rig.put(place(made), b"{" + b" " * MAX_CONTENTS_BYTES, member=TRADER), 413, "request.too-large"
    )


async def test_contents_are_fetched_from_a_party(rig: Rig) -> None:
    made = package()
    await register(rig, made)
    problem(await rig.get(place(made), member=TRADER, subject=DOCUMENT), 404, "contents.unavailable")
    rig.network.held[made.commitment().hex().encode()] = encode_sealed(sealed(made, "river"))
    assert (await rig.get(place(made), member=TRADER, subject=DOCUMENT)).content == encode_package(made)
    asked = len(rig.network.asked)
    assert (await rig.get(place(made), member=TRADER)).content == encode_package(made)
    assert len(rig.network.asked) == asked


async def test_one_record_does_not_open_the_contents_of_another(rig: Rig) -> None:
    mine, theirs = package(), package("document/" + "ef" * 16, "Secret")
    await register(rig, mine)
    await register(rig, theirs, theirs.subject, member=CLERK)
    rig.network.held[theirs.commitment().hex().encode()] = encode_sealed(sealed(theirs, "river"))
    problem(await rig.get(place(theirs), member=TRADER, subject=DOCUMENT), 409, "contents.other", "subject")
    problem(await rig.get(place(theirs), member=TRADER, subject=theirs.subject), 403, "contents.not-entitled")
    problem(await rig.get(place(theirs), member=TRADER), 403, "contents.not-entitled")
    assert rig.network.asked == []


async def test_evidence_discloses_contents_to_the_entitled(rig: Rig) -> None:
    made = package()
    await rig.put(place(made), encode_package(made), member=TRADER)
    await register(rig, made)
    answer = await rig.get(f"/v1/evidence/{DOCUMENT}", member=TRADER, contents="true")
    assert parse_evidence(answer.content).contents is not None
    verify_evidence(answer.content, GenesisAnchor.of(rig.genesis))
    problem(await rig.get(f"/v1/evidence/{DOCUMENT}", contents="true"), 403, "contents.not-entitled")
    assert parse_evidence((await rig.get(f"/v1/evidence/{DOCUMENT}")).content).contents is None


async def test_only_the_entitled_find_by_contents(rig: Rig) -> None:
    made = package()
    await rig.put(place(made), encode_package(made), member=TRADER)
    await register(rig, made)
    (match,) = (await rig.get("/v1/search", member=TRADER, text="ceram")).json()["items"]
    assert (match["key"], match["kind"], match["matched"]) == (DOCUMENT, "document", "text")
    assert match["summary"]
    for member in (CLERK, QUAY):
        assert (await rig.get("/v1/search", member=member, text="ceram")).json() == {
            "items": [],
            "next": None,
        }
    assert (await rig.get("/v1/search", member=TRADER, text="granite")).json()["items"] == []


async def test_pages_of_matches_and_all_of_them(rig: Rig) -> None:
    keys = []
    for number in range(3):
        made = package(f"document/{number:032x}", f"Tiles {number}")
        await rig.put(place(made), encode_package(made), member=TRADER)
        await register(rig, made, made.subject)
        keys.append(made.subject)
    found: list[str] = []
    after = ""
    while True:
        page = (await rig.get("/v1/search", member=TRADER, text="tiles", limit=1, after=after)).json()
        found += [item["key"] for item in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert found == keys
    text = (await rig.get("/v1/search", member=TRADER, text="tiles", format="csv")).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["key"] for row in rows] == keys
    assert json.loads(rows[0]["summary"])


async def test_records_of_a_party_are_found_by_everyone(rig: Rig) -> None:
    for number in range(2):
        await register(rig, package(title=f"{number}"), f"document/{number:032x}")
    whole = (await rig.get("/v1/search", party="river")).json()
    expected = [CONTAINER, f"document/{1:032x}", f"document/{0:032x}"]
    assert ([item["key"] for item in whole["items"]], whole["next"]) == (expected, None)
    found: list[str] = []
    after = ""
    for _ in expected:
        page = (await rig.get("/v1/search", party="river", limit=1, after=after)).json()
        found += [item["key"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert found == expected
    exported = (await rig.get("/v1/search", party="river", format="json")).json()
    assert [item["key"] for item in exported] == expected


async def test_bad_searches(rig: Rig) -> None:
    problem(await rig.get("/v1/search"), 400, "request.invalid", "query")
    problem(await rig.get("/v1/search", bill="1", text="2"), 400, "request.invalid", "query")
    problem(await rig.get("/v1/search", text="x" * 201), 400, "request.invalid", "text")
    for after in ("x", "bill~x~y", "bill~1~", "bill~~k", "bill~" + "9" * 16 + "~k"):
        problem(await rig.get("/v1/search", party="river", after=after), 400, "request.invalid", "after")


async def test_the_owner_sees_reads_and_erases(rig: Rig) -> None:
    made = package()
    await register(rig, made)
    assert (await rig.put(place(made), encode_package(made), member=TRADER)).status_code == 200
    for _ in range(2):
        await rig.get(place(made), member=TRADER, subject=DOCUMENT)
    page = (await rig.get(f"{place(made)}/reads", member=TRADER, subject=DOCUMENT, limit=1)).json()
    assert [(item["id"], item["member"]) for item in page["items"]] == [(1, TRADER)]
    rest = await rig.get(f"{place(made)}/reads", member=TRADER, subject=DOCUMENT, after=page["next"])
    assert [item["id"] for item in rest.json()["items"]] == [2]
    problem(
        await rig.get(f"{place(made)}/reads", member=QUAY, subject=DOCUMENT), 403, "contents.not-entitled"
    )
    problem(await rig.delete(place(made), member=QUAY, subject=DOCUMENT), 403, "contents.not-entitled")
    done = await rig.delete(place(made), member=TRADER, subject=DOCUMENT)
    assert (done.status_code, done.json()["member"]) == (200, TRADER)
    problem(await rig.get(place(made), member=TRADER, subject=DOCUMENT), 410, "contents.erased")
    evidence = await rig.get(f"/v1/evidence/{DOCUMENT}", member=TRADER)
    assert verify_evidence(evidence.content, GenesisAnchor(network=rig.network_id)).document is None
    unknown = f"/v1/contents/{'0' * 64}"
    problem(await rig.delete(unknown, member=TRADER), 404, "contents.unavailable")
