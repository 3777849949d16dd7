"""Contents stored, fetched, found and erased at four nodes while the ledger goes on, on a slow model.

The ledger and the nodes' shelves are real; the model says what each request comes to, and nothing else
may change. Proofs that were made while the contents were there are verified when they are gone everywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace as with_field
from sqlalchemy import delete, select

from contracts.documents.package import encode_package
from ledger.disclosure import conceal
from ledger.evidence import encode_evidence, parse_evidence
from ledger.sd_jwt import disclose
from ledger.sealing import Keyring, encode_sealed, parse_sealed
from nodes.package_check import ContentsError
from nodes.proofs import EvidenceRequest
from nodes.storage import TermKind
from nodes.storage.models import CONTENT, CONTENT_ERASED
from tests.nodes.checking.ledger import check
from tests.nodes.contents_corridor import KEYS, Corridor, Inline
from tests.nodes.contents_keys import contents_key, sealed
from tests.nodes.contents_model import ERASED, SERVED, STORED, Node, Paper, Shelves
from tests.nodes.network_of_one import (
    CARRIER,
    FORWARDER,
    HOUR_MS,
    IMPORT_OFFICE,
    MEMBERS,
    PORT,
    TERMINAL,
    TRADER,
    bill_package,
    digest,
    issue_body,
    member_key,
    plain_package,
)
from tests.nodes.peers import reader

PEOPLE = (CARRIER, TRADER, FORWARDER, TERMINAL, PORT, IMPORT_OFFICE)
BILL, INVOICE, SAME, DRAFT = "bill", "invoice", "the same as the invoice", "draft"
NAMES = (BILL, INVOICE, SAME, DRAFT)

some = st.sampled_from
at = some([*[CARRIER, FORWARDER] * 3, IMPORT_OFFICE, PORT])
people, names = some(PEOPLE), some(NAMES)
deeds = st.lists(st.tuples(some(["store", "store", "erase", "ask"]), st.booleans()), min_size=5, max_size=9)


class ErasureMachine(RuleBasedStateMachine):
    def __init__(self, corridor: Corridor) -> None:
        super().__init__()
        self.corridor = corridor
        self.solo = corridor.solo

    @initialize()
    def start(self) -> None:
        number = next(self.corridor.numbers)
        words = f"invoice {number}"
        box = f"APZU{number:07}"
        invoice = plain_package("document", f"invoice {number}", title=words)
        self.packages = {
            BILL: bill_package(f"CRLQ{number:07}", containers=(box,)),
            INVOICE: invoice,
            SAME: replace(invoice, subject=f"document/{digest(f'same {number}')[:32]}"),
            DRAFT: plain_package("document", f"draft {number}", title=f"draft {number}"),
        }
        self.searches = [
            (TermKind.CONTAINER, box, {BILL}),
            (TermKind.TEXT, words, {INVOICE, SAME}),
            (TermKind.TEXT, f"draft {number}", {DRAFT}),
        ]
        self.model = Shelves({name: Node(name, set(keys)) for name, keys in KEYS.items()})
        self.model.papers = {
            BILL: Paper(CARRIER, {FORWARDER, TERMINAL}, possessor=TRADER),
            INVOICE: Paper(FORWARDER, {TERMINAL, CARRIER}),
            SAME: Paper(CARRIER, {PORT, FORWARDER}),
            DRAFT: Paper(FORWARDER, {TRADER, PORT}, on_ledger=False),
        }
        self.proven: dict[str, list[bytes]] = {}
        for store in self.corridor.stores.values():
            # What an example left that ended badly.
            with store.database.writing() as connection:
                connection.execute(delete(CONTENT))
        body = issue_body(self.packages[BILL], type="blank", titleholder=None)
        self.acts(self.solo.sign("bill.issue", self.packages[BILL].subject, CARRIER, body))
        self.acts(self.registered(INVOICE), self.registered(SAME))

    def acts(self, *leaves: bytes) -> None:
        self.corridor.run(self.solo.accept(*leaves))

    def registered(self, name: str) -> bytes:
        paper, package = self.model.papers[name], self.packages[name]
        body = {
            "type": "invoice",
            "contents": package.commitment().hex(),
            "bills": [self.packages[BILL].subject.partition("/")[2]],
            "readers": sorted(paper.readers),
        }
        return self.solo.sign("document.register", package.subject, paper.author, body)

    def tried(self, what: Any, done: str) -> tuple[str, Any]:
        """What came of a request."""
        try:
            return done, self.corridor.run(what) if asyncio.iscoroutine(what) else what()
        except ContentsError as error:
            return error.code, None

    # ----- what members do at nodes -------------------------------------------------

    @rule(at=at, who=people, name=names)
    def stores(self, at: str, who: str, name: str) -> None:
        self.puts(at, who, name, None)

    @rule(at=at, who=people, name=names, others=st.sets(people, max_size=2), itself=some([True, True, False]))
    def stores_sealed(self, at: str, who: str, name: str, others: set[str], itself: bool) -> None:
        self.puts(at, who, name, others | {who} if itself or not others else others)

    def puts(self, at: str, who: str, name: str, sealed_to: set[str] | None) -> None:
        package = self.packages[name]
        data = encode_package(package)
        if sealed_to is not None:
            data = encode_sealed(sealed(package, *sorted(sealed_to)))
        expected = self.model.put(self.model.nodes[at], who, name, sealed_to)
        put = self.corridor.contents[at].put(package.commitment(), data, reader(who))
        assert self.tried(put, STORED)[0] == expected
        self.nothing_else_changed(at)

    @rule(at=at, who=people, name=names)
    def asks(self, at: str, who: str, name: str) -> None:
        package = self.packages[name]
        expected = self.model.get(self.model.nodes[at], who, name)
        get = self.corridor.contents[at].get(package.commitment(), package.subject, reader(who))
        found, served = self.tried(get, SERVED)
        assert found == expected
        if served is not None:
            assert served.sealed == (who not in KEYS[at])
            data = served.data
            if served.sealed:
                data = Keyring([contents_key(who)]).open(parse_sealed(data))
            assert data == encode_package(package)
        self.nothing_else_changed(at)

    @rule(at=at, who=people, name=names)
    def erases(self, at: str, who: str, name: str) -> None:
        self.erased(at, who, name)
        self.nothing_else_changed(at)

    @rule(at=at, by_operator=st.booleans(), pair=some([(INVOICE, SAME), (BILL, DRAFT)]), deeds=deeds)
    def its_own_people_are_at_work(
        self, at: str, by_operator: bool, pair: tuple[str, str], deeds: list[tuple[str, bool]]
    ) -> None:
        """At one node in a row, so that what was erased is stored again, and what is not there asked for."""
        who = at if by_operator else max(KEYS[at])
        for what, second in deeds:
            if what == "store":
                self.puts(at, who, pair[second], None)
            else:
                (self.erases if what == "erase" else self.asks)(at, who, pair[second])

    def erased(self, at: str, who: str, name: str) -> None:
        package, custody = self.packages[name], self.corridor.contents[at].custody(at)
        expected = self.model.erase(self.model.nodes[at], who, name)
        found, done = self.tried(
            lambda: custody.erase(package.commitment(), package.subject, who, MEMBERS[who]), ERASED
        )
        assert found == expected
        if found == ERASED:
            by = self.model.nodes[at].erased_by[name]
            assert (done.organisation, done.member) == (by, MEMBERS[by])

    # ----- what changes on the ledger -----------------------------------------------

    @rule(to=some([TRADER, PORT, FORWARDER, IMPORT_OFFICE]))
    def the_bill_passes_on(self, to: str) -> None:
        bill, subject = self.model.papers[BILL], self.packages[BILL].subject
        if to == bill.possessor:
            return
        version = self.solo.version(subject)
        offer = {"to": to, "expires_ms": self.solo.clock.time_ms + HOUR_MS}
        taken = {"contents": self.packages[BILL].commitment().hex()}
        self.acts(
            self.solo.sign("bill.transfer", subject, bill.possessor, offer),
            self.solo.sign("bill.accept", subject, to, taken, version=version + 1),
        )
        bill.possessor = to

    @precondition(lambda self: not self.model.papers[DRAFT].on_ledger)
    @rule()
    def the_draft_is_registered(self) -> None:
        self.acts(self.registered(DRAFT))
        self.model.papers[DRAFT].on_ledger = True

    @rule(name=some([INVOICE, SAME]))
    def it_is_revoked(self, name: str) -> None:
        """It stays what it was: whoever was entitled may look at what is no longer valid."""
        subject = self.packages[name].subject
        if self.solo.record(subject).state.value == "registered":
            self.acts(
                self.solo.sign(
                    "document.revoke", subject, self.model.papers[name].author, {"reason": "other"}
                )
            )

    # ----- proofs -------------------------------------------------------------------

    @precondition(lambda self: not self.proven)
    @rule(name=some([BILL, INVOICE]))
    def it_is_proven(self, name: str) -> None:
        package, author = self.packages[name], self.model.papers[name].author
        shown = disclose(
            conceal(package.document, package.salt),
            [(next(iter(package.document)),)],
            member_key(MEMBERS[author]),
            member=MEMBERS[author],
            subject=package.subject,
            issued_s=1,
        )
        fields = parse_evidence(self.proof(package.subject, discloser=MEMBERS[author]))
        assert fields.disclosed is not None
        fields = with_field(fields, disclosed=with_field(fields.disclosed, sd_jwt=shown))
        whole = self.proof(package.subject, package=encode_package(package))
        self.proven[name] = [whole, encode_evidence(fields)]

    def proof(self, subject: str, **more: Any) -> bytes:
        request = EvidenceRequest(subject=subject, **more)
        return self.corridor.run(self.corridor.proofs.evidence(request))

    def teardown(self) -> None:
        """Everything is erased everywhere, and what was proven stays proven."""
        if not hasattr(self, "model"):
            return
        for at, node in self.model.nodes.items():
            for name in sorted(node.copies):
                self.erased(at, at, name)
        self.nothing_else_changed(*KEYS)
        for name, (whole, fields) in self.proven.items():
            document = self.packages[name].document
            first = next(iter(document))
            assert self.corridor.verify(whole).document == document
            assert self.corridor.verify(fields).fields == (((first,), document[first]),)
            anew = self.corridor.verify(self.proof(self.packages[name].subject))
            assert anew.record["contents"] == self.packages[name].commitment().hex()

    # ----- what every node has -------------------------------------------------------

    def nothing_else_changed(self, *searched: str) -> None:
        """Copies and erasures at all nodes; what is found by number or title at those that are `searched`."""
        names = {package.subject: name for name, package in self.packages.items()}
        for at, store in self.corridor.stores.items():
            with store.database.reading() as connection:
                held = connection.execute(select(CONTENT.c.subject)).scalars().all()
                gone = connection.execute(
                    select(CONTENT_ERASED.c.subject, CONTENT_ERASED.c.organisation)
                ).all()
            node = self.model.nodes[at]
            assert sorted(names[subject] for subject in held) == sorted(node.copies), at
            assert {names[subject]: by for subject, by in gone if subject in names} == node.erased_by, at
        for at in searched:
            search = self.corridor.stores[at].search
            for kind, text, meant in self.searches:
                found = {names[match.subject] for match in search.private(kind, text, 9)}
                assert found == self.model.found(self.model.nodes[at], meant), (at, text)


@pytest.fixture
def corridor(tmp_path: Path) -> Iterator[Corridor]:
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(Inline(1))
        made = Corridor(tmp_path, runner)
        yield made
        made.close()


def walk(corridor: Corridor, examples: int, **more: Any) -> None:
    far = settings(max_examples=examples, deadline=None, **more)
    run_state_machine_as_test(lambda: ErasureMachine(corridor), settings=far)
    store = corridor.solo.store
    store.database.compact()
    assert check(corridor.solo.path).findings == []


@pytest.mark.timeout(300)
def test_contents_are_where_they_were_stored_and_not_erased(corridor: Corridor) -> None:
    walk(corridor, 20, stateful_step_count=20)


@pytest.mark.deep
@pytest.mark.timeout(3600)
def test_it_walks_further(corridor: Corridor) -> None:
    walk(corridor, 500, stateful_step_count=60, derandomize=False)
