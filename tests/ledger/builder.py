"""A small chain made with the ledger's own functions and nothing else: keys, genesis, sealed blocks.

The records are whatever a test writes: the ledger does not know the contracts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger import canonical
from ledger.block import Block, Header, header_id
from ledger.bls import backend
from ledger.chain import Draft, Tip, advance, genesis_tip, next_header
from ledger.contents import bill_id, sign_number
from ledger.evidence import Handover, SetChange
from ledger.genesis import (
    Genesis,
    GenesisKey,
    GenesisOrganisation,
    GenesisValidator,
    Parameters,
    genesis_header,
    genesis_validators,
    network_id,
)
from ledger.keys import SigningKey
from ledger.merkle import Node, leaf_hash
from ledger.primitives import Hash, Height, Round, TimeMs, encode_base64url
from ledger.seal import Seal, make_seal, precommit_bytes
from ledger.state import EMPTY, apply, key_hash, record_hash
from ledger.statement import make_payload, sign_statement
from ledger.validators import Validator, ValidatorSet

START_MS = 1_790_000_000_000


def entropy(label: str) -> bytes:
    """64 bytes that are different for every label, so that keys are reproducible in tests."""
    return hashlib.sha512(label.encode()).digest()


CARRIER = "alpha"
CARRIER_KEY = f"organisation/{CARRIER}"


def numbering(number: str) -> bytes:
    """The numbering signature of `CODE:REFERENCE` by the carrier `alpha`."""
    code, reference = number.split(":")
    return sign_number(numbering_secret(), code, reference)


def numbering_secret() -> bytes:
    """The numbering secret of the carrier `alpha`, reproducible."""
    return backend().derive_secret(entropy("numbering alpha"))


def bill_key(number: str) -> str:
    """The record key of a bill's number."""
    return f"bill/{bill_id(numbering(number)).hex()}"


def carrier_record() -> bytes:
    """The record of the carrier, as far as evidence looks at it."""
    return canonical.encode(
        {"id": CARRIER, "numbering_key": encode_base64url(backend().public_key(numbering_secret()))}
    )


def member_key(name: str) -> SigningKey:
    """The key of a member, reproducible."""
    return SigningKey.from_entropy(entropy("member " + name))


def bls_secret(name: str) -> bytes:
    """The BLS secret of a validator, reproducible."""
    return backend().derive_secret(entropy("validator " + name))


def make_genesis(names: tuple[str, ...] = ("alpha", "beta", "gamma", "delta")) -> Genesis:
    """A genesis with one validator and one member named `clerk` for each organisation."""
    bls = backend()
    return Genesis(
        version=1,
        name="Test corridor",
        time_ms=START_MS,
        rules_version=1,
        parameters=Parameters(),
        validators=tuple(
            GenesisValidator(
                organisation=name,
                bls_key=encode_base64url(bls.public_key(bls_secret(name))),
                possession=encode_base64url(bls.prove_possession(bls_secret(name))),
            )
            for name in names
        ),
        organisations=tuple(
            GenesisOrganisation(
                id=name,
                name=name.title(),
                roles=("carrier",),
                members=(GenesisKey(name="clerk", key=member_key(f"{name}/clerk").public_key.text),),
            )
            for name in names
        ),
    )


def validator_set(names: tuple[str, ...]) -> ValidatorSet:
    """The set in which each of these organisations has a seat."""
    return ValidatorSet(
        validators=tuple(
            Validator(organisation=name, bls_key=encode_base64url(backend().public_key(bls_secret(name))))
            for name in names
        )
    )


@dataclass
class Chain:
    """A chain under construction, with everything kept in memory."""

    genesis: Genesis = field(default_factory=make_genesis)
    pages: dict[str, bytes] = field(default_factory=dict)
    nodes: dict[Node, Hash] = field(default_factory=dict)
    leaves: list[bytes] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    seals: list[Seal | None] = field(default_factory=list)
    records: dict[str, bytes] = field(default_factory=dict)
    sets: list[ValidatorSet] = field(default_factory=list)
    """The set that seals each height; that of the genesis seals nothing and is the first."""

    def __post_init__(self) -> None:
        self.state_root = Hash(EMPTY)
        header, frontier = genesis_header(self.genesis, self.state_root)
        self.leaves.append(canonical.encode(self.genesis))
        self.nodes[(0, 0)] = leaf_hash(self.leaves[0])
        self.tip: Tip = genesis_tip(header, frontier, genesis_validators(self.genesis))
        self.blocks.append(Block(header=header, entries=(), parent_seal=None))
        self.seals.append(None)
        self.sets.append(self.tip.validators)

    @property
    def network(self) -> Hash:
        return network_id(self.genesis)

    def statement(self, issuer: str, subject: str, act: str, body: object, nonce: str = "") -> bytes:
        payload = make_payload(
            network=self.network,
            act=act,
            body=body,
            expected_version=0,
            last_valid_ms=self.tip.header.time_ms + 60_000,
            nonce=entropy(f"{issuer}{subject}{act}{nonce}")[:16],
        )
        return sign_statement(member_key(issuer), issuer=issuer, subject=subject, payload=payload)

    def seal(self, block: Block, signers: tuple[str, ...]) -> Seal:
        """The precommits of these organisations in round 0, in the name of the set that is due."""
        return self.seal_as(block, self.tip.validators, signers)

    def seal_as(self, block: Block, validators: ValidatorSet, signers: tuple[str, ...]) -> Seal:
        """The same in the name of any set."""
        block_id = header_id(block.header)
        message = precommit_bytes(
            self.network, validators.hash, Height(block.header.height), Round(0), block_id
        )
        seats = {v.organisation: seat for seat, v in enumerate(validators.validators)}
        signatures = {seats[name]: backend().sign(bls_secret(name), message) for name in signers}
        return make_seal(
            Height(block.header.height),
            Round(0),
            block_id,
            validators.size,
            signatures,
            backend(),
        )

    def handover(
        self, height: int, to: ValidatorSet, *, header: Header | None = None, seal: Seal | None = None
    ) -> Handover:
        """What evidence says of a change at a height, with the header and seal that it has unless told."""
        sealed = seal or self.seals[height]
        if sealed is None:
            raise ValueError("the genesis is not sealed")
        change = SetChange(header=header or self.blocks[height].header, seal=sealed, validators=to)
        return Handover.of(change, self.sets[height])

    def add(
        self,
        entries: tuple[bytes, ...],
        records: dict[str, bytes] | None = None,
        signers: tuple[str, ...] | None = None,
        appoint: ValidatorSet | None = None,
    ) -> Block:
        """Seal a block of these leaf bytes that writes these records.

        The signers are the set's first quorum unless named. `appoint` is the set from two heights later on.
        """
        if signers is None:
            due = self.tip.validators
            signers = tuple(v.organisation for v in due.validators[: due.quorum])
        changes = {key_hash(key): record_hash(value) for key, value in (records or {}).items()}
        self.records.update(records or {})
        if changes:
            update = apply(changes, self.pages.get)
            self.pages.update(update.pages)
            self.state_root = update.root
        hashes = [leaf_hash(entry) for entry in entries]
        draft = Draft(
            proposer=self.tip.validators.validators[0].organisation,
            time_ms=TimeMs(self.tip.header.time_ms + 1_000),
            parent_seal=self.seals[-1],
            leaf_hashes=hashes,
        )
        header, frontier = next_header(self.tip, draft, state_root=self.state_root, rules_version=1)
        self.nodes.update(self.tip.frontier.extend(hashes)[1])
        block = Block(header=header, entries=entries, parent_seal=self.seals[-1])
        self.seals.append(self.seal(block, signers))
        self.leaves.extend(entries)
        self.blocks.append(block)
        self.sets.append(self.tip.validators)
        self.tip = advance(self.tip, block, frontier, appoint or self.tip.next_validators)
        return block

    def read_nodes(self, wanted: Sequence[Node]) -> list[Hash]:
        """The log's subtrees, as proofs ask for them."""
        return [self.nodes[node] for node in wanted]
