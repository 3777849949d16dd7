"""`sealane member`: enrolled by an administrator, keys replaced, revoked for ever."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from cli.errors import CliError
from cli.member import overlap_ms
from tests.cli.acts import Corridor, trade_fixture  # noqa: F401 - a fixture
from tests.ledger.authority import YEAR, p256, root


def new_key(trade: Corridor, name: str) -> str:
    key: str = trade_key(trade, name)["public_key"]
    return key


def trade_key(trade: Corridor, name: str) -> dict[str, str]:
    from typer.testing import CliRunner

    from cli.main import app

    result = CliRunner().invoke(app, ["key", "new", str(trade.folder / name), "--json"])
    value: dict[str, str] = json.loads(result.stdout)
    return value


def test_an_enrolled_member_can_act(trade: Corridor) -> None:
    key = new_key(trade, "guo.pem")
    trade.done("coral-line", "member", "enroll", "coral-line/guo-fang", "--public-key", key)
    assert trade.record("member/coral-line/guo-fang")["permissions"] == ["signer"]
    bill = trade.issue()
    shown = trade.run("coral-line/guo-fang", "bill", "show", bill, "--key", trade.folder / "guo.pem")
    assert shown.exit_code == 0, shown.stderr


def test_only_administrators_enrol_and_only_into_their_own_organisation(trade: Corridor) -> None:
    key = new_key(trade, "guo.pem")
    error = trade.refused("coral-line", "member", "enroll", "beibu-gulf-port/guo-fang", "--public-key", key)
    assert error["code"] == "member.other-organisation"
    trade.done("coral-line", "member", "enroll", "coral-line/guo-fang", "--public-key", key)
    args = ("member", "enroll", "coral-line/he-ping", "--public-key", key, "--key", trade.folder / "guo.pem")
    assert trade.refused("coral-line/guo-fang", *args)["code"] == "actor.permission"


def test_a_rotated_key_replaces_the_old_one_at_once(trade: Corridor) -> None:
    new_key(trade, "fresh.pem")
    trade.done("beibu-gulf-port", "member", "rotate", "--new-key", trade.folder / "fresh.pem")
    assert len(trade.record("member/beibu-gulf-port/huang-jing")["keys"]) == 1
    old = trade.run("beibu-gulf-port", "member", "show", "beibu-gulf-port/huang-jing")
    assert old.exit_code == 1
    fresh = trade.run(
        "beibu-gulf-port", "member", "show", "beibu-gulf-port/huang-jing", "--key", trade.folder / "fresh.pem"
    )
    assert "current" in fresh.stdout


def test_an_overlap_keeps_the_old_key_for_a_while(trade: Corridor) -> None:
    new_key(trade, "fresh.pem")
    trade.done(
        "beibu-gulf-port", "member", "rotate", "--new-key", trade.folder / "fresh.pem", "--overlap", "1d"
    )
    keys = trade.record("member/beibu-gulf-port/huang-jing")["keys"]
    assert len(keys) == 2
    assert trade.done("beibu-gulf-port", "member", "next", "beibu-gulf-port/huang-jing")["actions"]
    shown = trade.run("beibu-gulf-port", "member", "show", "beibu-gulf-port/huang-jing")
    assert ", until " in shown.stdout


def test_revocation(trade: Corridor) -> None:
    trade.done("coral-line", "member", "revoke", "coral-line/zhou-yan", "--reason", "left")
    rows = trade.done("coral-line", "member", "list")["members"]
    assert {row["member"]: row["state"] for row in rows} == {
        "coral-line/lin-tao": "active",
        "coral-line/zhou-yan": "revoked",
    }
    error = trade.refused("coral-line", "member", "revoke", "coral-line/lin-tao", "--reason", "left")
    assert error["code"] == "member.last-administrator"


def test_the_list_of_another_organisation(trade: Corridor) -> None:
    text = trade.run("coral-line", "member", "list", "qinzhou-customs").stdout
    assert "qinzhou-customs/chen-wei" in text
    assert "administrator" in text


@pytest.mark.parametrize("member", ["nobody", "A/b", "a/b/c", "a/", "member/coral-line"])
def test_names_that_are_no_members(trade: Corridor, member: str) -> None:
    assert trade.refused("coral-line", "member", "show", member, exit_code=2)["code"] == "subject.kind"


def test_a_public_key_is_given_once(trade: Corridor) -> None:
    error = trade.refused("coral-line", "member", "enroll", "coral-line/guo-fang", exit_code=2)
    assert "--public-key TEXT" in error["do"]


@pytest.mark.parametrize("text", ["zzz", "A" * 44, "é" * 44])
def test_what_is_no_public_key_is_called_so(trade: Corridor, text: str) -> None:
    line = ("member", "enroll", "coral-line/guo-fang", "--public-key", text)
    error = trade.refused("coral-line", *line, exit_code=2)
    assert (error["what"], error["field"]) == (f"{text} is no public key", "--public-key")


def test_a_mistyped_organisation_is_perhaps_known(trade: Corridor) -> None:
    error = trade.refused("coral-line", "member", "list", "coral-lin", exit_code=1)
    assert error["do"].endswith("Did you mean coral-line?")


@pytest.mark.parametrize(
    ("text", "expected"), [("0", 0), ("30m", 1_800_000), ("2h", 7_200_000), ("7d", 604_800_000)]
)
def test_overlaps(text: str, expected: int) -> None:
    assert overlap_ms(text) == expected


@pytest.mark.parametrize("text", ["", "1", "1w", "-1d", "d", "1.5h"])
def test_overlaps_that_are_none(text: str) -> None:
    with pytest.raises(CliError, match="no length of time"):
        overlap_ms(text)


def test_a_member_is_suspended_and_reinstated(trade: Corridor) -> None:
    key = new_key(trade, "guo.pem")
    trade.done("coral-line", "member", "enroll", "coral-line/guo-fang", "--public-key", key)
    trade.done("coral-line", "member", "suspend", "coral-line/guo-fang", "--reason", "key_compromised")
    shown = trade.run("coral-line", "member", "show", "coral-line/guo-fang").stdout
    assert "Suspended (key_compromised); signer." in shown
    trade.done("coral-line", "member", "reinstate", "coral-line/guo-fang")
    history = trade.run("coral-line", "member", "history", "coral-line/guo-fang").stdout
    assert "suspended the member (key compromised)" in history
    assert "reinstated the member" in history
    nobody = ("member", "reinstate", "coral-line/nobody")
    assert trade.refused("coral-line", *nobody)["code"] == "subject.unknown"


def test_lost_keys_are_recovered_with_the_key_from_the_safe(trade: Corridor) -> None:
    safe, fresh = new_key(trade, "safe.pem"), new_key(trade, "fresh.pem")
    enroll = ("member", "enroll", "coral-line/safe", "--public-key", safe, "--permission", "recovery")
    trade.done("coral-line", *enroll)
    recover = ("member", "recover", "coral-line/lin-tao", "--public-key", fresh)
    trade.done("coral-line/safe", *recover, "--key", trade.folder / "safe.pem")
    lost = ("member", "suspend", "coral-line/safe", "--reason", "other")
    assert trade.refused("coral-line", *lost)["code"] == "request.signature", "the lost key reads nothing"
    error = trade.refused("coral-line", *lost, "--key", trade.folder / "fresh.pem")
    assert error["code"] == "member.recovery-spared"
    new = ("member", "recover", "coral-line/he-ping", "--public-key", new_key(trade, "he.pem"))
    trade.done("coral-line/safe", *new, "--key", trade.folder / "safe.pem")
    assert trade.record("organisation/coral-line")["administrators"] == ["he-ping"]
    assert trade.record("member/coral-line/lin-tao")["state"] == "suspended"


def pem(trade: Corridor, name: str, *certificates: x509.Certificate) -> Path:
    path = trade.folder / name
    path.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in certificates))
    return path


def test_a_member_is_enrolled_by_its_certificate_and_its_end_is_seen(trade: Corridor) -> None:
    now = datetime.now(UTC)
    authority = root("Port community", end=now + 9 * YEAR)
    officer = authority.issue("Guo Fang", p256(50), end=now + timedelta(days=80))
    anchor = pem(trade, "root.pem", authority.certificate)
    chain = pem(trade, "guo-chain.pem", officer.certificate, *officer.above)
    trade.refused("coral-line", "org", "set-anchors", exit_code=2)
    assert trade.refused("coral-line", "org", "set-anchors", anchor)["code"] == "organisation.no-recovery"
    safe = ("member", "enroll", "coral-line/safe", "--public-key", new_key(trade, "safe.pem"))
    trade.done("coral-line", *safe, "--permission", "recovery")
    trade.done("coral-line", "org", "set-anchors", anchor)
    bare = ("member", "enroll", "coral-line/he-ping", "--public-key", new_key(trade, "he.pem"))
    assert trade.refused("coral-line", *bare)["code"] == "member.bad-chain"
    trade.done("coral-line", "member", "enroll", "coral-line/guo-fang", "--chain", chain)
    shown = trade.run("coral-line", "member", "show", "coral-line/guo-fang").stdout
    assert ", current, until " in shown
    assert "certificate" in shown
    assert [(found.outcome, found.name) for found in examined(trade)] == [("warning", "certificates")]
    assert "coral-line/guo-fang ends" in examined(trade)[0].sentence
    later = authority.issue("Guo Fang", p256(50), end=now + timedelta(days=800))
    renewed = pem(trade, "renewed.pem", later.certificate, *later.above)
    trade.done("coral-line", "member", "rotate", "coral-line/guo-fang", "--chain", renewed)
    assert [found.outcome for found in examined(trade)] == ["passed"]
    trade.node.now_ms += 801 * 86_400_000
    assert [found.outcome for found in examined(trade)] == ["failed"]


def test_what_is_no_certificate_is_not_signed(trade: Corridor) -> None:
    enroll = ("member", "enroll", "coral-line/guo-fang", "--chain")
    assert trade.refused("coral-line", *enroll, "missing.pem", exit_code=2)["code"] == "file"
    key = trade.folder / "he.pem"
    new_key(trade, "he.pem")
    assert trade.refused("coral-line", *enroll, key, exit_code=2)["code"] == "file"
    officer = root().issue("Guo Fang", p256(50))
    leaf = pem(trade, "leaf.pem", officer.certificate)
    assert trade.refused("coral-line", "org", "set-anchors", leaf, exit_code=2)["why"] == (
        "It issues no certificates."
    )


def examined(trade: Corridor) -> list[Any]:
    from cli.context import Context
    from cli.examination_certificates import certificates
    from cli.output import Output

    context = Context(output=Output(), network=trade.node.directory, acting_as="coral-line/lin-tao")
    return list(certificates(context))
