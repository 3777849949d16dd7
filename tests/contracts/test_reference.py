"""The generated reference names everything there is, and its diagrams are the tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts import reference
from contracts.catalogue import ACTS, CODES, KINDS, TABLES

ROOT = Path(__file__).resolve().parents[2]
PAGES = reference.render()


def test_every_act_field_condition_and_code_is_on_a_page() -> None:
    for name, acts in TABLES.items():
        page = PAGES[f"docs/reference/acts-{name}.md"]
        for act in acts:
            assert f"## `{act.name}`" in page
            for field in act.body.__struct_fields__:
                assert f"`{field}`" in page
            for guard in act.conditions:
                assert guard.holds in page
    for code in CODES:
        assert f"`{code}`" in PAGES["docs/reference/refusals.md"]
    for kind in KINDS:
        assert f"## `{kind.form}`" in PAGES["docs/reference/records.md"]


def test_rendering_is_repeatable_and_ends_in_one_newline() -> None:
    assert reference.render() == PAGES
    for page in PAGES.values():
        assert page.endswith("\n")
        assert not page.endswith("\n\n")


@pytest.mark.parametrize("path", sorted(PAGES))
def test_the_kept_pages_are_the_tables_of_now(path: str) -> None:
    """What a row allows is read in review where the page changes; so no row changes unseen."""
    assert (ROOT / path).read_text(encoding="utf-8") == reference.render()[path], "run `make docs`"


def test_the_diagram_shows_the_moves_and_no_others() -> None:
    drawing = reference.diagram(TABLES["bill"])
    assert "[*] --> issued: issue" in drawing
    assert "surrendered_for_amendment --> voided: void" in drawing
    assert "pending_surrender_for_delivery --> surrendered_for_amendment" not in drawing


def test_an_arrow_names_every_act_that_takes_it_and_none_goes_nowhere() -> None:
    for acts in TABLES.values():
        arrows = [line.strip() for line in reference.diagram(acts).splitlines()[1:]]
        ways = [arrow.partition(": ")[0] for arrow in arrows]
        assert len(ways) == len(set(ways))
        assert not [way for way in ways if len(set(way.split(" --> "))) == 1]


def test_the_table_says_in_each_state_what_leads_on_and_what_does_not() -> None:
    lines = {
        line.split(" | ")[0].strip("| `"): line for line in reference.life_table(TABLES["bill"]).splitlines()
    }
    assert "`issue` to `issued`" in lines["new"]
    assert "`transfer`" in lines["issued"].split(" | ")[2]
    assert "`void` to `voided`" in lines["surrendered_for_amendment"].split(" | ")[1]
    assert "`accept_surrender`" not in lines["issued"]
    clearance = reference.life_table(TABLES["clearance"]).splitlines()
    assert all("`lift`" in line for line in clearance[3:])


def test_every_code_that_a_guard_uses_is_in_the_catalogue() -> None:
    for act in ACTS.values():
        for guard in act.conditions:
            assert CODES[guard.code.code] is guard.code


def test_the_journey_of_a_container_is_drawn() -> None:
    drawing = reference.event_diagram()
    assert "on_vessel --> in_facility: discharge" in drawing
