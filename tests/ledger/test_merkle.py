"""The log's Merkle tree against published vectors, the recursion of RFC 9162 section 2.1, and tampering."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import EncodingError, ProofError
from ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    Node,
    consistency_path,
    inclusion_nodes,
    inclusion_path,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from ledger.primitives import MAX_SAFE_INTEGER, Hash

sizes = st.integers(1, 80)


def textbook_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, as written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + textbook_root(leaves[:k]) + textbook_root(leaves[k:])).digest()


def textbook_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 9162 section 2.1.3.1, as written there."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*textbook_path(m, leaves[:k]), textbook_root(leaves[k:])]
    return [*textbook_path(m - k, leaves[k:]), textbook_root(leaves[:k])]


def textbook_subproof(m: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162 section 2.1.4.1, as written there."""
    if m == len(leaves):
        return [] if whole else [textbook_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*textbook_subproof(m, leaves[:k], whole), textbook_root(leaves[k:])]
    return [*textbook_subproof(m - k, leaves[k:], False), textbook_root(leaves[:k])]


class Log:
    """A log in memory that counts how often its stored subtrees are read."""

    def __init__(self, size: int, step: int = 7) -> None:
        self.data = [b"entry %d" % number for number in range(size)]
        self.stored: dict[Node, Hash] = {}
        self.frontier = Frontier.empty()
        self.reads = 0
        for start in range(0, size, step):
            leaves = [leaf_hash(data) for data in self.data[start : start + step]]
            self.frontier, completed = self.frontier.extend(leaves)
            assert not self.stored.keys() & completed.keys()
            self.stored |= completed

    def read(self, nodes: Sequence[Node]) -> list[Hash]:
        self.reads += 1
        return [self.stored[node] for node in nodes]


def from_base64(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def load(data: Path, kind: str) -> list[tuple[str, dict[str, Any]]]:
    files = sorted((data / "vectors" / "rfc6962-merkle" / kind).rglob("*.json"))
    assert len(files) > 30
    return [(f"{file.parent.name}/{file.stem}", json.loads(file.read_text())) for file in files]


def judge(wrong: bool, verify: Any, *arguments: Any) -> None:
    if wrong:
        with pytest.raises(ProofError):
            verify(*arguments)
    else:
        verify(*arguments)


@pytest.mark.conformance
def test_published_inclusion_vectors(conformance_data: Path, subtests: pytest.Subtests) -> None:
    for name, case in load(conformance_data, "inclusion"):
        with subtests.test(name):
            path = [from_base64(item) for item in case["proof"] or ()]
            leaf, root = from_base64(case["leafHash"]), from_base64(case["root"])
            index, size = case.get("leafIdx", 0), case.get("treeSize", 0)
            judge(case["wantErr"], verify_inclusion, leaf, index, size, path, root)


@pytest.mark.conformance
def test_published_consistency_vectors(conformance_data: Path, subtests: pytest.Subtests) -> None:
    for name, case in load(conformance_data, "consistency"):
        with subtests.test(name):
            path = [from_base64(item) for item in case["proof"] or ()]
            root1, root2 = from_base64(case["root1"]), from_base64(case["root2"])
            size1, size2 = case.get("size1", 0), case.get("size2", 0)
            judge(case["wantErr"], verify_consistency, size1, size2, path, root1, root2)


def test_the_empty_log() -> None:
    assert Frontier.empty().root() == EMPTY_ROOT == textbook_root([])
    assert Frontier.empty().extend([]) == (Frontier.empty(), {})


@given(st.lists(st.integers(0, 20), max_size=8))
def test_batching_changes_nothing(batches: list[int]) -> None:
    data = [b"%d" % number for number in range(sum(batches))]
    batched, stored, start = Frontier.empty(), dict[Node, Hash](), 0
    for count in batches:
        batched, completed = batched.extend([leaf_hash(item) for item in data[start : start + count]])
        stored |= completed
        start += count
    single = Frontier.empty()
    for item in data:
        single = single.append(leaf_hash(item))
    assert batched == single
    assert batched.root() == textbook_root(data)
    assert stored == {
        (level, index): textbook_root(data[index << level : index + 1 << level])
        for level in range(len(data).bit_length())
        for index in range(len(data) >> level)
    }


@given(sizes, st.data())
def test_inclusion_paths_are_the_textbook_ones_and_verify(size: int, choose: st.DataObject) -> None:
    log, index = Log(size), choose.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, log.read)
    assert list(path) == textbook_path(index, log.data)
    assert log.reads == (1 if path else 0)
    verify_inclusion(leaf_hash(log.data[index]), index, size, path, log.frontier.root())


@given(sizes, st.data())
def test_consistency_paths_are_the_textbook_ones_and_verify(size: int, choose: st.DataObject) -> None:
    log, size1 = Log(size), choose.draw(st.integers(1, size))
    path = consistency_path(size1, size, log.read)
    assert list(path) == textbook_subproof(size1, log.data, True)
    assert log.reads == (1 if path else 0)
    verify_consistency(size1, size, path, textbook_root(log.data[:size1]), log.frontier.root())


@given(sizes, st.data())
def test_a_path_proves_its_own_index_only(size: int, choose: st.DataObject) -> None:
    log, index = Log(size), choose.draw(st.integers(0, size - 1))
    path, root, leaf = inclusion_path(index, size, log.read), log.frontier.root(), leaf_hash(log.data[index])
    for other in range(-1, size + 1):
        judge(other != index, verify_inclusion, leaf, other, size, path, root)


@given(sizes, st.data())
def test_inclusion_refuses_tampering(size: int, choose: st.DataObject) -> None:
    log, index = Log(size), choose.draw(st.integers(0, size - 1))
    path, root, leaf = inclusion_path(index, size, log.read), log.frontier.root(), leaf_hash(log.data[index])
    for wrong_path in tampered(path):
        judge(True, verify_inclusion, leaf, index, size, wrong_path, root)
    judge(True, verify_inclusion, flip(leaf), index, size, path, root)
    judge(True, verify_inclusion, leaf, index, size, path, flip(root))
    judge(True, verify_inclusion, leaf[:-1], index, size, path, root)


@given(sizes, st.data())
def test_consistency_refuses_tampering(size: int, choose: st.DataObject) -> None:
    log, size1 = Log(size), choose.draw(st.integers(1, size))
    path, root1, root2 = (
        consistency_path(size1, size, log.read),
        textbook_root(log.data[:size1]),
        log.frontier.root(),
    )
    for wrong_path in tampered(path):
        judge(True, verify_consistency, size1, size, wrong_path, root1, root2)
    judge(True, verify_consistency, size1, size, path, flip(root1), root2)
    judge(True, verify_consistency, size1, size, path, root1, flip(root2))
    judge(True, verify_consistency, 0, size, path, EMPTY_ROOT, root2)
    judge(True, verify_consistency, size + 1, size, path, root1, root2)


def flip(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def tampered(path: Sequence[bytes]) -> list[list[bytes]]:
    """The path with each hash changed, dropped, cut or doubled, and with one more at the end."""
    wrong = [[*path, bytes(32)]]
    for place, item in enumerate(path):
        before, after = path[:place], path[place + 1 :]
        wrong += [[*before, *middle, *after] for middle in ([flip(item)], [], [item[:-1]], [item, item])]
    return wrong


def test_bytes_may_not_move_from_a_hash_to_its_neighbour() -> None:
    """Cut elsewhere, the same bytes hash alike: only the lengths tell."""
    log = Log(2)
    left, right = (leaf_hash(data) for data in log.data)
    root = log.frontier.root()
    with pytest.raises(ProofError, match="32 bytes"):
        verify_inclusion(left[:31], 0, 2, [left[31:] + right], root)
    with pytest.raises(ProofError, match="32 bytes"):
        verify_inclusion(left + right, 0, 2, [b""], root)
    with pytest.raises(ProofError, match="32 bytes"):
        verify_consistency(1, 2, [left[31:] + right], left[:31], root)


def test_paths_say_what_is_wrong_with_their_length() -> None:
    log = Log(5)
    path, root = inclusion_path(2, 5, log.read), log.frontier.root()
    leaf, root1 = leaf_hash(log.data[2]), textbook_root(log.data[:3])
    with pytest.raises(ProofError, match="too long"):
        verify_inclusion(leaf, 2, 5, [*path, root], root)
    with pytest.raises(ProofError, match="too short"):
        verify_inclusion(leaf, 2, 5, path[:-1], root)
    path = consistency_path(3, 5, log.read)
    with pytest.raises(ProofError, match="too long"):
        verify_consistency(3, 5, [*path, root], root1, root)
    for short in (path[:-1], ()):
        with pytest.raises(ProofError, match="too short"):
            verify_consistency(3, 5, short, root1, root)


def test_a_rewritten_log_is_not_consistent() -> None:
    log, rewritten = Log(11), Log(11)
    rewritten.data[3] = b"another entry"
    path = consistency_path(6, 11, log.read)
    judge(True, verify_consistency, 6, 11, path, textbook_root(rewritten.data[:6]), log.frontier.root())


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3)])
def test_no_path_for_an_entry_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ProofError):
        inclusion_path(index, size, Log(3).read)
    with pytest.raises(ProofError):
        inclusion_nodes(index, size)


@pytest.mark.parametrize(("size1", "size2"), [(0, 0), (0, 3), (4, 3), (-1, 3)])
def test_no_consistency_path_without_a_prefix(size1: int, size2: int) -> None:
    with pytest.raises(ProofError):
        consistency_path(size1, size2, Log(3).read)


def test_a_reader_that_answers_short_is_refused() -> None:
    with pytest.raises(ProofError, match="asked for 3"):
        inclusion_path(0, 8, lambda nodes: [EMPTY_ROOT] * (len(nodes) - 1))


def test_a_path_in_a_huge_log_asks_for_few_subtrees() -> None:
    nodes = inclusion_nodes(1, MAX_SAFE_INTEGER)
    assert nodes[0] == (0, 0)
    assert len(nodes) == 104


@given(st.integers(0, 200))
def test_frontiers_have_one_encoding(size: int) -> None:
    frontier = Log(size).frontier
    encoded = frontier.encode()
    assert Frontier.decode(encoded) == frontier
    assert len(encoded) == 8 + 32 * size.bit_count()
    for wrong in (encoded[:-1], encoded + b"\x00", encoded + bytes(32), encoded[: len(encoded) - 32], b""):
        with pytest.raises(EncodingError):
            Frontier.decode(wrong)


def test_impossible_frontiers_are_refused() -> None:
    with pytest.raises(EncodingError):
        Frontier(size=3, nodes=(EMPTY_ROOT,))
    with pytest.raises(EncodingError):
        Frontier(size=1, nodes=(Hash(b"short"),))
    with pytest.raises(EncodingError):
        Frontier(size=-1, nodes=(EMPTY_ROOT,))
    with pytest.raises(EncodingError):
        Frontier(size=MAX_SAFE_INTEGER + 1, nodes=(EMPTY_ROOT,))
