"""Single fields of a document, as an officer reads them in the offline file."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace
from playwright.sync_api import expect

from ledger import canonical
from ledger.disclosure import conceal, digests_commitment
from ledger.evidence import FieldDisclosure, encode_evidence
from ledger.sd_jwt import disclose
from ledger.state import key_hash, prove
from tests.browser.test_offline_file import Desk, desk, give, offline, trust
from tests.ledger.builder import Chain, member_key
from tests.ledger.evidence.making import SALT, make, prove_record
from tools.vectors.ground import SUBJECT

__all__ = ["desk", "offline"]


def test_single_fields_stand_at_their_true_places(desk: Desk) -> None:
    document = {"goods": [{"kg": 1}, {"kg": 20}, {"kg": 300}]}
    concealed, key = conceal(document, SALT), member_key("alpha/clerk")
    record = {"contents": digests_commitment(concealed.opening, concealed.digests).hex(), "state": "issued"}
    member, place = {"state": "active", "keys": [{"key": key.public_key.text}]}, "member/alpha/clerk"
    chain = Chain()
    chain.add((), {SUBJECT: canonical.encode(record), place: canonical.encode(member)})
    told = disclose(concealed, [("goods", 1)], key, member="alpha/clerk", subject=SUBJECT, issued_s=1)
    proof = prove(key_hash(place), chain.pages.get)
    shown = FieldDisclosure(sd_jwt=told, member=msgspec.Raw(chain.records[place]), proof=proof)
    made = replace(make(chain, SUBJECT, record=prove_record(chain, SUBJECT)), disclosed=shown)
    page = desk.open()
    trust(page, chain.network.hex())
    give(page, encode_evidence(replace(made, genesis=chain.genesis)))
    expect(page.get_by_role("row", name="goods.1.kg 20")).to_be_visible()
    expect(page.get_by_role("row", name="goods.")).to_have_count(1)
