"""Who was given contents, and contents that were erased."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from contracts.documents.package import Package, encode_package
from nodes.checking.contents import check_contents
from nodes.content_custody import Custody
from nodes.network.interface import PeerId
from nodes.package_check import ContentsError
from nodes.storage.digests import read_digest
from tests.nodes.contents_keys import EVERY_KEY
from tests.nodes.network_of_one import CARRIER, FORWARDER, MEMBERS, PORT, TRADER, Solo, bill_package, digest
from tests.nodes.peers import Holder, Holders, put, read, refused

PACKAGE = bill_package()
COMMITMENT, SUBJECT = PACKAGE.commitment(), PACKAGE.subject


def custody(holder: Holder) -> Custody:
    return holder.contents.custody(holder.peer.organisation)


def readers(holder: Holder, organisation: str = CARRIER) -> list[str]:
    return [one.member for one in custody(holder).reads(COMMITMENT, SUBJECT, organisation, 0, 100).items]


async def stored(solo: Solo, node: Holder) -> bytes:
    data = await put(node, PACKAGE)
    await solo.issue(PACKAGE)
    return data


async def test_the_owner_sees_every_read(solo: Solo, node: Holder, holders: Holders) -> None:
    await stored(solo, node)
    for organisation in (TRADER, CARRIER):
        await read(node, PACKAGE, organisation)
    await read(holders[FORWARDER], PACKAGE, FORWARDER)
    assert readers(node) == [MEMBERS[TRADER], MEMBERS[CARRIER], f"{FORWARDER}/node-1"]
    assert readers(holders[FORWARDER]) == readers(holders[FORWARDER], FORWARDER) == [MEMBERS[FORWARDER]]


async def test_who_read_contents_is_for_its_owner_alone(solo: Solo, node: Holder) -> None:
    await stored(solo, node)
    for other in (TRADER, PORT):
        with pytest.raises(ContentsError) as error:
            readers(node, other)
        assert error.value.code == "contents.not-entitled"
    # Naming a record of one's own does not open the reads of another's content.
    with pytest.raises(ContentsError):
        custody(node).reads(COMMITMENT, f"organisation/{TRADER}", TRADER, 0, 100)


async def test_who_stores_the_same_for_a_record_of_its_own_learns_nothing(solo: Solo, node: Holder) -> None:
    await stored(solo, node)
    await read(node, PACKAGE, TRADER)
    own = Package(
        kind="document",
        subject=f"document/{digest('own')[:32]}",
        salt=PACKAGE.salt,
        document=PACKAGE.document,
    )
    await put(node, own, PORT)
    await read(node, own, PORT)
    for organisation, subject, member in ((PORT, own.subject, PORT), (CARRIER, SUBJECT, TRADER)):
        page = custody(node).reads(COMMITMENT, subject, organisation, 0, 100)
        assert [one.member for one in page.items] == [MEMBERS[member]]


async def test_reads_are_a_chain(solo: Solo, node: Holder) -> None:
    await stored(solo, node)
    for organisation in (TRADER, CARRIER, TRADER):
        await read(node, PACKAGE, organisation)
    previous = None
    for one in custody(node).reads(COMMITMENT, SUBJECT, CARRIER, 0, 100).items:
        values = (one.id, one.commitment, one.subject, one.organisation, one.member, one.time_ms)
        assert one.digest == read_digest(values, previous)
        previous = one.digest


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE content_read SET member = 'x/y' WHERE id = 1",
        "UPDATE content_read SET time_ms = 1 WHERE id = 2",
        "DELETE FROM content_read WHERE id = 1",
        "DELETE FROM content_read WHERE id = 2",
    ],
)
async def test_a_changed_or_missing_read_is_found(solo: Solo, node: Holder, change: str) -> None:
    await stored(solo, node)
    for organisation in (TRADER, CARRIER, TRADER):
        await read(node, PACKAGE, organisation)
    with node.store.database.writing() as connection:
        assert list(check_contents(connection, EVERY_KEY)) == []
        connection.exec_driver_sql(change)
        (finding,) = check_contents(connection, EVERY_KEY)
    assert finding.place == "content_read"


async def test_erased_contents_are_gone_and_stay_away(
    solo: Solo, holders: Holders, node: Holder, tmp_path: Path
) -> None:
    data = await stored(solo, node)
    mine = holders[FORWARDER]
    assert await read(mine, PACKAGE, FORWARDER) == data
    mark = mine.store.contents.get(COMMITMENT.hex())
    assert mark is not None
    assert mark.data[-64:] in await files(tmp_path, FORWARDER)
    assert [match.subject for match in mine.store.search.anything("APZU4812090", 10)] == [SUBJECT]
    done = custody(mine).erase(COMMITMENT, SUBJECT, FORWARDER, MEMBERS[FORWARDER])
    assert (done.organisation, done.member) == (FORWARDER, MEMBERS[FORWARDER])
    raw = await files(tmp_path, FORWARDER)
    for trace in (mark.data[-64:], mark.data[200:264], b"APZU4812090", b"CRLQ2609001"):
        assert trace not in raw, "it is overwritten, with its search terms, and the log is emptied"
    assert mine.store.search.anything("APZU4812090", 10) == ()
    assert (await refused(read(mine, PACKAGE, FORWARDER))).code == "contents.erased"
    assert mine.network.asked == [PeerId(CARRIER, "node-1")], "it is not fetched again"
    assert custody(mine).erase(COMMITMENT, SUBJECT, FORWARDER, "someone else") == done
    assert await read(node, PACKAGE, TRADER) == data, "another party's copy is its own"
    assert readers(mine) == [MEMBERS[FORWARDER]], "who read it stays known"


async def files(folder: Path, organisation: str) -> bytes:
    return await asyncio.to_thread(
        lambda: b"".join(path.read_bytes() for path in folder.glob(f"{organisation}.db*"))
    )


async def test_what_was_erased_can_be_stored_again(solo: Solo, node: Holder) -> None:
    await stored(solo, node)
    custody(node).erase(COMMITMENT, SUBJECT, CARRIER, MEMBERS[CARRIER])
    await put(node, PACKAGE, TRADER)
    assert await read(node, PACKAGE, CARRIER) == encode_package(PACKAGE)


async def test_a_fetched_copy_is_for_whoever_had_it_fetched(
    solo: Solo, node: Holder, holders: Holders
) -> None:
    """The carrier's node sent it: that makes it neither the carrier's to erase nor its room that is taken."""
    data = await stored(solo, node)
    mine = holders[FORWARDER]
    await read(mine, PACKAGE, FORWARDER)
    with pytest.raises(ContentsError) as error:
        custody(mine).erase(COMMITMENT, SUBJECT, CARRIER, MEMBERS[CARRIER])
    assert error.value.code == "contents.not-entitled"
    assert await read(mine, PACKAGE, FORWARDER) == data
    used = [mine.store.contents.used_bytes(one) for one in (CARRIER, FORWARDER)]
    assert used[0] == 0 < used[1]


async def test_what_there_is_no_room_for_is_shown_and_not_kept(
    solo: Solo, node: Holder, holders: Holders, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = await stored(solo, node)
    mine = holders[FORWARDER]
    monkeypatch.setattr("nodes.content_shelf.QUOTA_BYTES", 10)
    assert await read(mine, PACKAGE, FORWARDER) == data
    assert mine.store.contents.get(COMMITMENT.hex()) is None


async def test_others_erase_nothing(solo: Solo, node: Holder, holders: Holders) -> None:
    """The trader may read it at the carrier's node; it stored nothing there and does not run it."""
    await stored(solo, node)
    with pytest.raises(ContentsError) as error:
        custody(node).erase(COMMITMENT, SUBJECT, TRADER, MEMBERS[TRADER])
    assert error.value.code == "contents.not-entitled"
    with pytest.raises(ContentsError) as error:
        custody(holders[PORT]).erase(COMMITMENT, SUBJECT, PORT, MEMBERS[PORT])
    assert error.value.code == "contents.unavailable"
    custody(node).erase(COMMITMENT, SUBJECT, CARRIER, MEMBERS[CARRIER])
    with pytest.raises(ContentsError) as error:
        custody(node).erase(COMMITMENT, SUBJECT, TRADER, MEMBERS[TRADER])
    assert error.value.code == "contents.unavailable"
