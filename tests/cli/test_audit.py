"""`sealane audit`: a chain served over HTTP, executed again; each kind of lie is found and placed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli import chain_audit, replay, verifiers
from cli.errors import ExitCode
from cli.files import write_signing_key
from cli.replay import Replay
from contracts.execution import make_body
from ledger import canonical
from ledger.block import Block, header_id
from ledger.chain import Draft, Tip, advance, genesis_tip, next_header
from ledger.errors import ChainError
from ledger.genesis import Genesis, genesis_header, genesis_validators
from ledger.keys import SigningKey
from ledger.merkle import leaf_hash
from ledger.primitives import TimeMs, encode_base64url
from ledger.seal import Seal
from ledger.statement import make_payload, sign_statement
from tests.cli.conftest import FakeNode, Run
from tests.ledger.builder import Chain, entropy, make_genesis, member_key

pytestmark = pytest.mark.loopback


class Served:
    """A chain of real acts, with the answers a node gives about it."""

    def __init__(self) -> None:
        self.genesis: Genesis = make_genesis()
        self.replay = Replay(self.genesis)
        header, frontier = genesis_header(self.genesis, self.replay.root)
        self.tip: Tip = genesis_tip(header, frontier, genesis_validators(self.genesis))
        self.blocks: list[dict[str, Any]] = []
        self.leaves: list[bytes] = []
        self.seals: list[Seal | None] = [None]
        self._sealer = Chain(genesis=self.genesis)

    def enrol(self, name: str) -> bytes:
        """A statement by which alpha's administrator enrols a member."""
        key = SigningKey.from_entropy(entropy(name))
        body = make_body("member.enrol", {"key": key.public_key.text, "permissions": ["signer"]})
        payload = make_payload(
            network=self._sealer.network,
            act="member.enrol",
            body=body,
            expected_version=0,
            last_valid_ms=self.tip.header.time_ms + 60_000,
            nonce=entropy(name)[:16],
        )
        return sign_statement(
            member_key("alpha/clerk"), issuer="alpha/clerk", subject=f"member/alpha/{name}", payload=payload
        )

    def add(self, *leaves: bytes) -> None:
        time_ms = TimeMs(self.tip.header.time_ms + 1_000)
        provisional, _ = next_header(
            self.tip, Draft(proposer="alpha", time_ms=time_ms, parent_seal=None, leaf_hashes=[]),
            state_root=self.replay.root, rules_version=1,
        )  # fmt: skip
        appointed = self.replay.execute(provisional, leaves)
        draft = Draft(
            proposer="alpha",
            time_ms=time_ms,
            parent_seal=self.seals[-1],
            leaf_hashes=[leaf_hash(leaf) for leaf in leaves],
        )
        header, frontier = next_header(self.tip, draft, state_root=self.replay.root, rules_version=1)
        block = Block(header=header, entries=leaves, parent_seal=self.seals[-1])
        self._sealer.tip = self.tip
        seal = self._sealer.seal(block, ("alpha", "beta", "gamma"))
        self.blocks.append(
            {
                "header": msgspec.to_builtins(header),
                "block_id": header_id(header).hex(),
                "seal": msgspec.to_builtins(seal),
                "parent_seal": msgspec.to_builtins(self.seals[-1]),
            }
        )
        self.seals.append(seal)
        self.leaves.extend(leaves)
        self.tip = advance(self.tip, block, frontier, appointed)

    def serve(self, node: FakeNode) -> None:
        node.replies["GET /v1/status"] = 200, {"height": len(self.blocks)}
        node.replies["GET /v1/genesis"] = 200, canonical.encode(self.genesis)
        for height, block in enumerate(self.blocks, start=1):
            node.replies[f"GET /v1/blocks/{height}"] = 200, block
        items = [{"index": i, "leaf": encode_base64url(leaf)} for i, leaf in enumerate(self.leaves, start=1)]

        def entries(asked: Any) -> tuple[int, Any]:
            after, limit = int(asked.query["after"]), int(asked.query["limit"])
            page = [item for item in items if item["index"] > after][:limit]
            more = bool(page) and page[-1]["index"] < len(items)
            return 200, {"items": page, "next_after": page[-1]["index"] if more else None}

        node.replies["GET /v1/entries"] = entries


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Served:
    monkeypatch.setattr(chain_audit, "PAGE", 2)
    chain = Served()
    chain.add(chain.enrol("ann"), chain.enrol("ben"))
    chain.add()
    chain.add(chain.enrol("cho"))
    (tmp_path / "genesis.json").write_bytes(canonical.encode(chain.genesis))
    write_signing_key(tmp_path / "clerk.pem", member_key("alpha/clerk"))
    return chain


@pytest.fixture
def audit(sealane: Run, node: FakeNode, served: Served) -> Callable[..., Any]:
    def run(*options: str) -> Any:
        served.serve(node)
        anchor = () if "--genesis" in options else ("--genesis", "genesis.json")
        who = ("--node", node.url, "--as", "alpha/clerk", "--key", "clerk.pem")
        return sealane("audit", *who, *anchor, *options)

    return run


def test_an_honest_chain_passes_and_is_counted(audit: Callable[..., Any], served: Served) -> None:
    result = audit("--json")
    assert result.exit_code == ExitCode.DONE, result.output
    value = json.loads(result.stdout)
    assert (value["blocks"], value["entries"], value["seals"], value["set_changes"]) == (3, 3, 3, 0)
    assert value["block_id"] == served.tip.block_id.hex()
    assert value["state_root"] == served.tip.header.state_root
    assert "Nothing wrong found." in audit().stdout


def test_a_genesis_hash_is_enough(audit: Callable[..., Any], served: Served) -> None:
    assert audit("--genesis", served.tip.header.network).exit_code == ExitCode.DONE


def test_another_network_is_refused(audit: Callable[..., Any]) -> None:
    result = audit("--genesis", "ab" * 32)
    assert result.exit_code == ExitCode.REFUSED
    assert "[audit.network]" in result.stderr


def test_an_audit_can_stop_early(audit: Callable[..., Any]) -> None:
    assert json.loads(audit("--until", "2", "--json").stdout)["height"] == 2
    assert audit("--until", "-1").exit_code == ExitCode.USAGE
    beyond = audit("--until", "4")
    assert beyond.exit_code == ExitCode.REFUSED
    assert "block 4 does not exist yet" in beyond.stderr


@pytest.mark.parametrize("limit", ["MAX_BLOCK_WORK", "MAX_BLOCK_WRITTEN_BYTES"])
def test_a_sealed_block_that_did_too_much_is_found(
    audit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(replay, limit, 3 if limit == "MAX_BLOCK_WORK" else 300)
    result = audit()
    assert result.exit_code == ExitCode.REFUSED
    assert "the chain is wrong at block 1" in result.stderr
    assert "makes its nodes read or write more than a block may" in result.stderr


@pytest.mark.parametrize(
    ("limit", "said"), [("entries", "more than 1 entries"), ("bytes", "more than 1 bytes")]
)
def test_a_sealed_block_that_holds_too_much_is_found(limit: str, said: str) -> None:
    genesis = make_genesis()
    parameters = msgspec.structs.replace(genesis.parameters, **{f"max_block_{limit}": 1})
    chain = Served()
    leaves = (chain.enrol("ann"), chain.enrol("ben"))
    chain.replay = Replay(msgspec.structs.replace(genesis, parameters=parameters))
    with pytest.raises(ChainError, match=said):
        chain.add(*leaves)


def assert_found(result: Any, place: str, code: str) -> None:
    assert result.exit_code == ExitCode.REFUSED, result.output
    assert f"the chain is wrong at {place}" in result.stderr
    assert f"[audit.{code}]" in result.stderr


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("state_root", "ab" * 32, "chain"),
        ("log_root", "ab" * 32, "chain"),
        ("time_ms", 1, "chain"),
        ("parent", "ab" * 32, "chain"),
        ("proposer", "mallory", "chain"),
        ("parent_seal_hash", "ab" * 32, "chain"),
        ("log_size", 9, "chain"),
        ("height", "x", "chain"),
    ],
)
def test_a_changed_header_is_found(
    field: str, value: object, code: str, audit: Callable[..., Any], served: Served
) -> None:
    served.blocks[1]["header"][field] = value
    assert_found(audit(), "block 2", code)


def test_a_seal_of_another_block_is_found(audit: Callable[..., Any], served: Served) -> None:
    served.blocks[1]["seal"] = served.blocks[0]["seal"]
    assert_found(audit(), "block 2", "seal")


def test_a_seal_without_a_quorum_is_found(audit: Callable[..., Any], served: Served) -> None:
    served.blocks[2]["seal"]["signers"] = encode_base64url(bytes([0b11]))
    assert_found(audit(), "block 3", "seal")


def test_a_seal_that_does_not_verify_is_found(audit: Callable[..., Any], served: Served) -> None:
    served.blocks[2]["seal"]["signature"] = served.blocks[1]["seal"]["signature"]
    assert_found(audit(), "block 3", "signature")


def test_a_missing_seal_is_found(audit: Callable[..., Any], served: Served) -> None:
    served.blocks[0]["parent_seal"] = served.blocks[1]["parent_seal"]
    assert_found(audit(), "block 1", "chain")


def test_a_seal_that_comes_with_the_next_block_serves(audit: Callable[..., Any], served: Served) -> None:
    served.blocks[1]["seal"] = None
    assert audit().exit_code == ExitCode.DONE


def test_a_replaced_entry_is_found(audit: Callable[..., Any], served: Served) -> None:
    served.leaves[1] = served.enrol("dan")
    assert_found(audit(), "block 1", "chain")


def test_a_repeated_entry_is_found(audit: Callable[..., Any], served: Served) -> None:
    served.leaves[1] = served.leaves[0]
    assert_found(audit(), "block 1", "chain")


def test_a_withheld_entry_is_found(audit: Callable[..., Any], served: Served) -> None:
    served.leaves.pop()
    assert_found(audit(), "block 3", "chain")


def test_a_forged_signature_is_found(audit: Callable[..., Any], served: Served) -> None:
    leaf = bytearray(served.leaves[0])
    leaf[-40] ^= 1
    served.leaves[0] = bytes(leaf)
    assert_found(audit(), "block 1", "signature")


@pytest.mark.parametrize("processes", [1, 2])
def test_the_first_fault_is_named_however_many_processes_verify(
    processes: int, audit: Callable[..., Any], served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifiers, "BATCH", 1)
    assert audit("--processes", str(processes)).exit_code == ExitCode.DONE
    served.blocks[2]["header"]["time_ms"] = 1
    assert_found(audit("--processes", str(processes)), "block 3", "chain")
    for place in (2, 0):
        leaf = bytearray(served.leaves[place])
        leaf[-40] ^= 1
        served.leaves[place] = bytes(leaf)
    assert_found(audit("--processes", str(processes)), "block 1, entry 1", "signature")


def test_a_bad_seal_is_found_by_another_process(
    audit: Callable[..., Any], served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifiers, "BATCH", 1)
    served.blocks[2]["seal"]["signature"] = served.blocks[1]["seal"]["signature"]
    assert_found(audit("--processes", "2"), "block 3", "signature")
