"""The lab's commands: one exercise at a time, in a folder of its own, in the reader's language."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from cli.errors import CliError
from cli.lab.exercises import EXERCISES
from cli.lab.folder import LabState, load_state, save_state
from cli.lab.narration import choose_language
from tests.trainee import Run

LAB = Path("sealane-lab")


def test_an_exercise_goes_by_its_number_too(room: Run) -> None:
    for name in ("0", "99", "nothing"):
        wrong = room(f"sealane lab start {name}")
        assert (wrong.exit_code, "sealane lab list" in wrong.printed) == (2, True)
    assert "Did you mean first-bill?" in room("sealane lab start fist-bill").printed
    assert "Your first bill: step 1" in room("sealane lab start 1").printed


def test_without_an_exercise_there_is_nothing_to_check(room: Run) -> None:
    nothing = room("sealane lab check")
    assert (nothing.exit_code, "lab.idle" in nothing.printed) == (1, True)
    assert "Nothing was running" in room("sealane lab stop").printed


def test_giving_up_removes_what_the_exercise_made_and_nothing_else(room: Run) -> None:
    room("sealane lab start first-bill")
    (LAB / "notes.txt").write_text("mine")
    assert room("sealane lab reset").exit_code == 0
    assert sorted(path.name for path in LAB.iterdir()) == ["lab.json", "notes.txt"]
    assert "lab.idle" in room("sealane lab check").printed


def test_one_exercise_at_a_time(room: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    other = dataclasses.replace(EXERCISES[0], id="other")
    monkeypatch.setattr("cli.lab.exercises.EXERCISES", (EXERCISES[0], other))
    room("sealane lab start first-bill")
    busy = room("sealane lab start other")
    assert (busy.exit_code, "sealane lab reset" in busy.printed) == (1, True)
    state = load_state(LAB)
    assert state.exercise == "first-bill"
    save_state(LAB, replace(state, step=len(EXERCISES[0].steps)))
    monkeypatch.setattr("cli.lab.commands.show", lambda *_: None)
    assert room("sealane lab start other").exit_code == 0
    assert load_state(LAB).exercise == "other"


def test_whether_nodes_are_in_containers_is_said_once(room: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bool] = []

    def make_network(*_: object, relayed: bool, docker: bool) -> None:
        made.append(docker)
        if len(made) == 1:
            raise CliError("no image")

    monkeypatch.setattr("cli.lab.running.make_network", make_network)
    monkeypatch.setattr(
        "cli.lab.exercises.EXERCISES", (dataclasses.replace(EXERCISES[0], prepare=lambda _: {}),)
    )
    monkeypatch.setattr("cli.lab.commands.show", lambda *_: None)
    for options in (" --docker", "", " --docker", "", " --no-docker", ""):
        room(f"sealane lab start first-bill{options}")
        room("sealane lab reset")
    assert made == [True, False, True, True, False, False], "what could not be made is not remembered"


def test_what_fails_while_it_is_prepared_leaves_nothing(room: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> dict[str, str]:
        raise KeyboardInterrupt

    broken = dataclasses.replace(EXERCISES[0], prepare=fails)
    monkeypatch.setattr("cli.lab.exercises.EXERCISES", (broken,))
    assert room("sealane lab start first-bill").exit_code != 0
    assert [path.name for path in LAB.iterdir()] == ["lab.json"]
    assert load_state(LAB).exercise is None


def test_a_folder_of_somebody_else_is_left_alone(room: Run) -> None:
    Path("other").mkdir()
    Path("other/thesis.txt").write_text("mine")
    for line in ("start first-bill", "check", "stop", "reset", "list"):
        refused = room(f"sealane lab {line} --dir other")
        assert (refused.exit_code, "lab.folder" in refused.printed) == (2, True), line
    assert [path.name for path in Path("other").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("text", ["{", "[]", '{"version":2}', '{"step":-1}', '{"step":"x"}'])
def test_a_spoilt_state_says_what_to_do_and_that_is_done(
    room: Run, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Removing the folder by hand would leave nodes running that nothing here can find again."""
    room("sealane lab start first-bill")
    removed: list[Path] = []
    monkeypatch.setattr("cli.lab.running.remove", lambda _, folder: removed.append(folder))
    (LAB / "lab.json").write_text(text)
    spoilt = room("sealane lab check")
    assert (spoilt.exit_code, "lab.state" in spoilt.printed) == (2, True)
    assert "do:    sealane lab reset --dir sealane-lab " in spoilt.printed
    assert room("sealane lab reset --dir sealane-lab").exit_code == 0
    assert removed == [LAB]
    assert load_state(LAB) == LabState()


def test_lines_to_type_name_what_is_not_usual(room: Run) -> None:
    Path("sealane-network").mkdir()
    Path("sealane-network/client.toml").write_text("")
    shown = room("sealane lab start first-bill --dir room-b").printed
    assert "--as coral-line/lin-tao --network room-b/network\n" in shown
    assert "    sealane lab check --dir room-b\n" in shown


def test_a_folder_that_a_shell_would_take_apart_is_refused(room: Run) -> None:
    refused = room("sealane lab start first-bill --dir 'my lab'")
    assert (refused.exit_code, "space" in refused.printed) == (2, True)


def test_what_is_shown_is_there_as_json(room: Run) -> None:
    shown = json.loads(room("sealane lab start first-bill --json").printed)
    assert (shown["exercise"], shown["number"], shown["finished"]) == ("first-bill", 1, False)
    assert shown["check"] == ["sealane lab check"]
    missing = room("sealane lab check --json")
    assert (missing.exit_code, json.loads(missing.printed)["missing"]) == (1, "bill_not_issued")


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "km_KH"}, "km"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert choose_language(None) == language
    assert choose_language("zh") == "zh"
    with pytest.raises(CliError, match="no texts in fr"):
        choose_language("fr")


def test_a_language_that_was_chosen_stays(room: Run) -> None:
    english = room("sealane lab start first-bill").printed
    chosen = room("sealane lab start first-bill --lang vi").printed
    assert chosen != english
    assert "no native speaker" not in english
    missing = room("sealane lab check").printed
    assert "The bill" not in missing
    assert "CORL:BG26QZ000001" in missing
