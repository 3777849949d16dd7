"""The first bill: a trainee who follows the text finishes it, and each step says what is missing."""

from __future__ import annotations

from pathlib import Path

from tests.trainee import LINE, Run, Trainee


def test_a_trainee_finishes(room: Run) -> None:
    trainee = Trainee(room)
    assert "Your first bill: finished" in trainee.learn("first-bill")
    said = [line.removeprefix("✗ ").split()[0] for line in trainee.missed]
    assert said == ["The", "CORL:BG26QZ000001", "landbridge-forwarding", "There"]
    assert "✓" in room("sealane lab list").printed


def typed(room: Run, shown: str, *places: int) -> None:
    lines = LINE.findall(shown)
    for place in places:
        assert room(lines[place]).exit_code == 0, lines[place]


def test_an_offer_to_somebody_else_is_not_the_offer(room: Run) -> None:
    typed(room, room("sealane lab start first-bill").printed, 1)
    shown = room("sealane lab check").printed
    offer = LINE.findall(shown)[1]
    assert room(offer.replace("--to red-river-imports", "--to haiphong-terminal")).exit_code == 0
    missing = room("sealane lab check")
    assert (missing.exit_code, "offered to haiphong-terminal" in missing.printed) == (1, True)
    remedy = missing.printed.partition("`")[2].partition("`")[0]
    for line in (remedy, offer):
        assert room(line).exit_code == 0
    assert room("sealane lab check").exit_code == 0


def test_an_older_proof_and_a_changed_one_prove_nothing(room: Run) -> None:
    shown = room("sealane lab start first-bill").printed
    file = Path("sealane-lab/papers/my-bill.evidence.json")
    for step in range(3):
        typed(room, shown, *range(len(LINE.findall(shown)) - 1))
        if step == 0:
            early = f"sealane evidence get CORL:BG26QZ000001 -o {file} --as coral-line/lin-tao"
            assert room(early).exit_code == 0
        shown = room("sealane lab check").printed
    save = LINE.findall(shown)[0]
    assert f"-o {file} " in save
    assert "does not prove" in room("sealane lab check").printed
    file.write_bytes(file.read_bytes().replace(b'"version":', b'"versiom":', 1))
    assert "does not verify" in room("sealane lab check").printed
    assert room(f"{save} --force").exit_code == 0
    assert "finished" in room("sealane lab check").printed
