"""Which block may follow which: every field of a header is compared, and the first wrong one is named."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ledger.block import Block, Header, header_id
from ledger.chain import Draft, Tip, check_block, check_position, next_header
from ledger.errors import ChainError
from ledger.primitives import Hash, TimeMs
from ledger.seal import NIL, seal_hash
from tests.ledger.builder import Chain, validator_set

ROOT = Hash(b"r" * 32)


@pytest.fixture(scope="module")
def chain() -> Chain:
    chain = Chain()
    chain.add((chain.statement("alpha/clerk", "x/1", "bill.issue", {}),), {"x/1": b"{}"})
    chain.add((), appoint=validator_set(("beta", "gamma", "delta", "epsilon")))
    return chain


def successor(chain: Chain, **changes: Any) -> Block:
    """A good block after the tip, with header fields replaced."""
    entries = (chain.statement("beta/clerk", "x/2", "bill.issue", {}),)
    from ledger.merkle import leaf_hash

    draft = Draft(
        proposer="beta",
        time_ms=TimeMs(chain.tip.header.time_ms + 1),
        parent_seal=chain.seals[-1],
        leaf_hashes=[leaf_hash(entry) for entry in entries],
    )
    header, _ = next_header(chain.tip, draft, state_root=ROOT, rules_version=1)
    return Block(
        header=msgspec.structs.replace(header, **changes), entries=entries, parent_seal=draft.parent_seal
    )


def refused(tip: Tip, block: Block) -> str:
    with pytest.raises(ChainError) as caught:
        check_block(tip, block, state_root=ROOT, rules_version=1)
    return caught.value.field


def test_the_good_block_follows(chain: Chain) -> None:
    block = successor(chain)
    frontier = check_block(chain.tip, block, state_root=ROOT, rules_version=1)
    assert (frontier.size, frontier.root().hex()) == (block.header.log_size, block.header.log_root)


@pytest.mark.parametrize("name", Header.__struct_fields__)
def test_each_field_that_is_wrong_by_one_is_named(chain: Chain, name: str) -> None:
    good = getattr(successor(chain).header, name)
    if isinstance(good, int):
        wrong: list[Any] = [good + 1, good - 1] if name != "time_ms" else [good - 1]
    elif name == "proposer":
        wrong = ["", "epsilon", "Beta", "beta/clerk"]
    else:
        flipped = "0" if good[-1] != "0" else "1"
        wrong = [good[:-1] + flipped, "00" * 32]
    for value in wrong:
        assert value != good
        assert refused(chain.tip, successor(chain, **{name: value})) == f"header.{name}"


def test_time_is_the_proposers_choice_but_rises(chain: Chain) -> None:
    parent = chain.tip.header.time_ms
    for time_ms in (parent, parent - 1, 0):
        assert refused(chain.tip, successor(chain, time_ms=time_ms)) == "header.time_ms"
    later = successor(chain, time_ms=parent + 10**9)
    check_block(chain.tip, later, state_root=ROOT, rules_version=1)


def test_the_proposer_sits_in_the_set_of_this_height(chain: Chain) -> None:
    """The next set is known already, and its new member does not propose yet."""
    assert chain.tip.next_validators.index_of("epsilon") is not None
    assert refused(chain.tip, successor(chain, proposer="epsilon")) == "header.proposer"
    check_block(chain.tip, successor(chain, proposer="alpha"), state_root=ROOT, rules_version=1)


def test_other_entries_another_state_other_rules(chain: Chain) -> None:
    block = successor(chain)
    for entries in ((), block.entries * 2, (block.entries[0] + b"\x00",)):
        field = refused(chain.tip, msgspec.structs.replace(block, entries=entries))
        assert field in {"header.log_size", "header.log_root"}
    for options, field in (
        ({"state_root": NIL, "rules_version": 1}, "header.state_root"),
        ({"state_root": ROOT, "rules_version": 2}, "header.rules_version"),
    ):
        with pytest.raises(ChainError) as caught:
            check_block(chain.tip, block, **options)  # type: ignore[arg-type]
        assert caught.value.field == field


def test_the_order_of_entries_is_bound(chain: Chain) -> None:
    from ledger.merkle import leaf_hash

    entries = tuple(chain.statement("beta/clerk", f"x/{n}", "bill.issue", {}) for n in (5, 6))
    draft = Draft(
        proposer="beta",
        time_ms=TimeMs(chain.tip.header.time_ms + 1),
        parent_seal=chain.seals[-1],
        leaf_hashes=[leaf_hash(entry) for entry in entries],
    )
    header, _ = next_header(chain.tip, draft, state_root=ROOT, rules_version=1)
    block = Block(header=header, entries=entries, parent_seal=chain.seals[-1])
    check_block(chain.tip, block, state_root=ROOT, rules_version=1)
    swapped = msgspec.structs.replace(block, entries=entries[::-1])
    assert refused(chain.tip, swapped) == "header.log_root"


def test_blocks_that_do_not_follow(chain: Chain) -> None:
    for block in chain.blocks:
        assert refused(chain.tip, block) == "header.height"
    assert refused(chain.tip, successor(chain, height=chain.tip.height)) == "header.height"
    sibling = header_id(chain.blocks[1].header).hex()
    assert refused(chain.tip, successor(chain, parent=sibling)) == "header.parent"
    with pytest.raises(ChainError):
        check_position(chain.tip, successor(chain, parent=NIL.hex()))


def test_the_parents_seal(chain: Chain) -> None:
    block, seal = successor(chain), chain.seals[-1]
    assert seal is not None
    for wrong in (
        None,
        chain.seals[1],
        msgspec.structs.replace(seal, height=seal.height + 1),
        msgspec.structs.replace(seal, block_id="00" * 32),
    ):
        assert refused(chain.tip, msgspec.structs.replace(block, parent_seal=wrong)) == "parent_seal"
    # Another seal on the same block is another history: the header says which one travelled.
    other = msgspec.structs.replace(seal, round=seal.round + 1)
    assert refused(chain.tip, msgspec.structs.replace(block, parent_seal=other)) == "header.parent_seal_hash"
    claimed = msgspec.structs.replace(block, parent_seal=other)
    header = msgspec.structs.replace(block.header, parent_seal_hash=seal_hash(other).hex())
    check_block(chain.tip, msgspec.structs.replace(claimed, header=header), state_root=ROOT, rules_version=1)


def test_the_first_block_has_no_parent_seal() -> None:
    chain = Chain()
    block = successor(chain)
    assert block.parent_seal is None
    check_block(chain.tip, block, state_root=ROOT, rules_version=1)
    other = Chain()
    other.add(())
    assert refused(chain.tip, msgspec.structs.replace(block, parent_seal=other.seals[1])) == "parent_seal"


def test_a_set_takes_over_two_heights_after_it_is_appointed() -> None:
    chain = Chain()
    founders = chain.tip.validators
    second = validator_set(("beta", "gamma", "delta", "epsilon"))
    chain.add((), appoint=second)
    assert (chain.tip.validators, chain.tip.next_validators) == (founders, second)
    chain.add(())
    assert (chain.tip.validators, chain.tip.next_validators) == (second, second)
    chain.add(())
    hashes = [(b.header.validators_hash, b.header.next_validators_hash) for b in chain.blocks[1:]]
    old, new = founders.hash.hex(), second.hash.hex()
    assert hashes == [(old, old), (old, new), (new, new)]
