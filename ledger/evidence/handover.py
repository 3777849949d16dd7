"""A change of the validator set, in as few bytes as prove it.

Evidence may lead through many changes, so each carries only what its reader
does not have yet: the header without its version, the network and the hashes of
the two sets, the seal without what the header says, and the new set as seats of
the old one and those that are new. The full change follows from that in one way.
Restoring it checks no signature; whoever restores verifies the seal, which is on
all of it (`ledger.evidence.anchor`).
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from ledger.block import HEADER_VERSION, Header, header_id
from ledger.canonical import Canonical
from ledger.errors import EvidenceError
from ledger.primitives import Base64Url, Hash, HexHash, UInt
from ledger.seal import Seal
from ledger.validators import MAX_VALIDATORS, Validator, ValidatorSet


class SetChange(Canonical, frozen=True, kw_only=True):
    """A sealed header that hands over to another validator set."""

    header: Header
    seal: Seal
    validators: ValidatorSet
    """The set of the next height, which `header.next_validators_hash` commits to."""


class HandoverHeader(Canonical, frozen=True, kw_only=True):
    """A header, see `ledger.block.Header`, without its version, its network and the hashes of the sets."""

    rules_version: UInt
    height: UInt
    time_ms: UInt
    parent: HexHash
    parent_seal_hash: HexHash
    proposer: str
    log_size_before: UInt
    log_size: UInt
    log_root: HexHash
    state_root: HexHash


class HandoverSeal(Canonical, frozen=True, kw_only=True):
    """A seal, see `ledger.seal.Seal`, without the height and the id of the header that it is on."""

    round: UInt
    signers: Base64Url
    signature: Base64Url


class Handover(Canonical, frozen=True, kw_only=True):
    """A change of the validator set, for a reader who has the set before it."""

    header: HandoverHeader
    seal: HandoverSeal
    seats: Annotated[tuple[UInt | Validator, ...], msgspec.Meta(max_length=MAX_VALIDATORS)]
    """The next set in its order: the place in the set before of a validator that stays, or a new one."""

    @staticmethod
    def of(change: SetChange, before: ValidatorSet) -> Handover:
        """The change as a reader needs it who has the set that sealed it."""
        header, seal = change.header, change.seal
        kept: dict[Validator, int] = {validator: place for place, validator in enumerate(before.validators)}
        return Handover(
            header=HandoverHeader(
                **{name: getattr(header, name) for name in HandoverHeader.__struct_fields__}
            ),
            seal=HandoverSeal(round=seal.round, signers=seal.signers, signature=seal.signature),
            seats=tuple(kept.get(validator, validator) for validator in change.validators.validators),
        )

    def restore(self, network: Hash, before: ValidatorSet) -> SetChange:
        """The full change, of which the seal is still to be verified.

        Raises `EvidenceError` for a place that the set before does not have, and for
        a validator that is spelled out although it stays.
        """
        after = ValidatorSet(validators=tuple(self._validator(seat, before) for seat in self.seats))
        header = Header(
            version=HEADER_VERSION,
            network=network.hex(),
            validators_hash=before.hash.hex(),
            next_validators_hash=after.hash.hex(),
            **msgspec.structs.asdict(self.header),
        )
        seal = Seal(
            height=header.height,
            round=self.seal.round,
            block_id=header_id(header).hex(),
            signers=self.seal.signers,
            signature=self.seal.signature,
        )
        return SetChange(header=header, seal=seal, validators=after)

    def _validator(self, seat: int | Validator, before: ValidatorSet) -> Validator:
        field = f"set_changes.{self.header.height}"
        if isinstance(seat, Validator):
            if seat in before.validators:
                raise EvidenceError(f"{seat.organisation} stays, so its place is to be given", field=field)
            return seat
        if seat >= before.size:
            raise EvidenceError(f"the set before has {before.size} seats, not place {seat}", field=field)
        return before.validators[seat]
