"""A height sealed twice, with real keys: what each validator signs is up to the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from ledger.accountability import Attestation, Kind, Place, Proof, WitnessRecord
from ledger.accountability.attestation import signed_bytes
from ledger.block import Header, header_id
from ledger.bls import backend
from ledger.evidence import GenesisAnchor, SealedHeader, SetChange
from ledger.primitives import Hash, Height, encode_base64url
from ledger.seal import Seal
from ledger.validators import encode_signers
from tests.ledger.builder import Chain, bls_secret, make_genesis, validator_set

NAMES = ("alpha", "beta", "gamma", "delta")
"""Of four. Seats 2 and 3, gamma and delta, are the liars throughout."""


@dataclass
class Fork:
    """The last block of a chain, and others in its place.

    With `successors`, block 2 hands over to them and block 3 is the one in question; otherwise it is block 2.
    """

    names: tuple[str, ...] = NAMES
    successors: tuple[str, ...] = ()
    chain: Chain = field(init=False)

    def __post_init__(self) -> None:
        self.chain = Chain(genesis=make_genesis(self.names))
        self.set_changes: tuple[SetChange, ...] = ()
        if self.successors:
            second = validator_set(self.successors)
            self.chain.add((), appoint=second)
            change, seal = self.chain.add(()).header, self.chain.seals[2]
            assert seal is not None
            self.set_changes = (SetChange(header=change, seal=seal, validators=second),)
            self.names = self.successors
        else:
            self.chain.add(())
        due, height = self.chain.tip.validators, Height(self.chain.tip.height + 1)
        self.place = Place(network=self.chain.network, validators=due, height=height)
        header = self.chain.add(()).header
        self.headers: dict[str, Header] = {
            letter: msgspec.structs.replace(header, time_ms=header.time_ms + offset)
            for offset, letter in enumerate("VWX")
        }

    @property
    def anchor(self) -> GenesisAnchor:
        return GenesisAnchor.of(self.chain.genesis)

    def block_id(self, letter: str) -> str:
        return header_id(self.headers[letter]).hex() if letter else "00" * 32

    def said(
        self, kind: Kind, round_: int, letter: str, seats: Sequence[int], valid_round: int = -1
    ) -> Attestation:
        draft = Attestation(
            kind=kind,
            round=round_,
            block_id=self.block_id(letter),
            valid_round=valid_round,
            signers=encode_base64url(encode_signers(tuple(seats), len(self.names))),
            signature="A" * 128,
        )
        message, bls = signed_bytes(draft, self.place), backend()
        aggregate = bls.aggregate([bls.sign(bls_secret(self.names[seat]), message) for seat in seats])
        return msgspec.structs.replace(draft, signature=encode_base64url(aggregate))

    def polka(self, round_: int, letter: str, seats: Sequence[int], valid_round: int = -1) -> Attestation:
        return self.said(Kind.PREVOTE, round_, letter, seats, valid_round)

    def precommits(self, round_: int, letter: str, seats: Sequence[int]) -> Attestation:
        return self.said(Kind.PRECOMMIT, round_, letter, seats)

    def proof(self, round_: int, letter: str, seats: Sequence[int]) -> Proof:
        """What one side shows: the header of its block, and the seal on it."""
        said = self.precommits(round_, letter, seats)
        seal = Seal(
            height=self.place.height,
            round=round_,
            block_id=said.block_id,
            signers=said.signers,
            signature=said.signature,
        )
        return Proof(
            headers=(SealedHeader(header=self.headers[letter], seal=seal),), set_changes=self.set_changes
        )

    def record(self, *polkas: Attestation) -> tuple[str, WitnessRecord]:
        set_hash: Hash = self.place.validators.hash
        return "witness:1", WitnessRecord(height=self.place.height, validators=set_hash.hex(), polkas=polkas)
