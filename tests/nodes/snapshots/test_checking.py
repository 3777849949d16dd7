"""N2: the block that is offered is proven from the genesis, across changes of the validator set."""

from __future__ import annotations

import msgspec
import pytest

from ledger.bls import backend
from ledger.errors import LedgerError
from ledger.evidence import SetChange, SetTimeline
from ledger.genesis import genesis_validators
from ledger.validators import ValidatorSet
from nodes.snapshots.checking import check_handovers, check_offer
from nodes.snapshots.messages import Handovers, Offer
from tests.ledger.builder import Chain, validator_set

SECOND = validator_set(("beta", "gamma", "delta", "epsilon"))
THIRD = validator_set(("delta", "epsilon", "zeta", "eta", "theta"))


@pytest.fixture(scope="module")
def chain() -> Chain:
    """Founders seal 1 to 3, the second set 4 to 6, the third 7 and on."""
    chain = Chain()
    for appoint in (None, SECOND, None, None, THIRD, None, None, None, None):
        chain.add(()) if appoint is None else chain.add((), appoint=appoint)
    return chain


def change(chain: Chain, height: int, validators: ValidatorSet) -> SetChange:
    seal = chain.seals[height]
    assert seal is not None
    return SetChange(header=chain.blocks[height].header, seal=seal, validators=validators)


def offer(chain: Chain, height: int) -> Offer:
    seal = chain.seals[height]
    assert seal is not None
    return Offer(header=chain.blocks[height].header, seal=seal)


def start(chain: Chain) -> SetTimeline:
    return SetTimeline(starts=((1, genesis_validators(chain.genesis)),))


def follow(chain: Chain, height: int, *changes: SetChange) -> tuple[SetTimeline, list[SetChange], bool]:
    header = chain.blocks[height].header
    return check_handovers(chain.network, backend(), header, start(chain), Handovers(changes=changes))


@pytest.mark.parametrize("height", [2, 3, 4, 6, 7, 9])
def test_a_block_under_any_set_is_proven_and_later_changes_are_left_out(chain: Chain, height: int) -> None:
    changes = (change(chain, 3, SECOND), change(chain, 6, THIRD))
    timeline, kept, last = follow(chain, height, *changes)
    if not last:
        timeline, more, last = check_handovers(
            chain.network, backend(), chain.blocks[height].header, timeline, Handovers(changes=())
        )
        assert more == []
    assert last
    assert [one.header.height for one in kept] == [at for at in (3, 6) if at <= height]
    check_offer(timeline, offer(chain, height), chain.network, backend())


def test_a_change_that_is_left_out_is_missed(chain: Chain) -> None:
    with pytest.raises(LedgerError, match="do not lead to the block"):
        follow(chain, 5)
    with pytest.raises(LedgerError, match="another validator set"):
        follow(chain, 9, change(chain, 6, THIRD))


def test_a_change_that_nobody_sealed_or_to_another_set_is_refused(chain: Chain) -> None:
    true = change(chain, 3, SECOND)
    with pytest.raises(LedgerError):
        follow(chain, 9, msgspec.structs.replace(true, seal=change(chain, 6, THIRD).seal))
    with pytest.raises(LedgerError, match="commits to"):
        follow(chain, 9, msgspec.structs.replace(true, validators=THIRD))
    with pytest.raises(LedgerError):
        follow(chain, 9, true, true)


def test_an_offer_needs_the_seal_of_its_heights_set(chain: Chain) -> None:
    timeline, _, _ = follow(chain, 9, change(chain, 3, SECOND), change(chain, 6, THIRD))
    with pytest.raises(LedgerError):
        check_offer(
            timeline,
            Offer(header=offer(chain, 9).header, seal=offer(chain, 8).seal),
            chain.network,
            backend(),
        )
    with pytest.raises(LedgerError, match="another validator set"):
        check_offer(start(chain), offer(chain, 9), chain.network, backend())
