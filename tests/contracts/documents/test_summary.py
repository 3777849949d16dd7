"""Summaries: the kind of bill, places, parties and totals, and what an unchecked document gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.documents.masses import MAX_MASS, grams
from contracts.documents.summary import BillKind, summarise
from ledger.errors import EncodingError

Documents = dict[str, dict[str, Any]]


@pytest.mark.parametrize("kind", list(BillKind))
def test_the_kind_follows_from_type_order_and_endorsee(kind: BillKind, documents: Documents) -> None:
    assert summarise(documents[kind]).kind is kind


def test_a_straight_bill(straight: dict[str, Any]) -> None:
    summary = summarise(straight)
    assert (summary.carrier_code, summary.carrier_code_list_provider) == ("BBLN", "NMFTA")
    assert summary.transport_document_reference == "BBLN26QZ000318"
    assert summary.transport_document_sub_reference is None
    assert summary.containers == ("SLNU1002356", "SLNU5601286")
    assert (summary.place_of_receipt, summary.pre_carriage_by) == ("CNCKG", "RAIL")
    assert (summary.port_of_loading, summary.port_of_discharge) == ("CNQZH", "VNHPH")
    assert (summary.place_of_delivery, summary.on_carriage_by) == (None, None)
    assert (summary.vessel_name, summary.voyage_number) == ("BEIBU HARMONY", "2610S")
    assert summary.shipped_on_board_date == "2026-03-08"
    assert summary.gross_weight_grams == 26_520_500
    assert summary.packages == 516
    assert summary.goods_descriptions == (
        "Motorcycle engine parts: cylinders, pistons and valves",
        "Motorcycle frames and wheels, unassembled",
    )
    assert summary.hs_codes == ("840991", "871410")
    assert summary.shipper_name == "Chongqing Yunhe Motor Parts Co., Ltd."
    assert summary.consignee_name == "Song Cam Trading Joint Stock Company"
    assert summary.endorsee_name is None


def test_an_order_bill_names_its_endorsee_and_where_trucks_take_the_goods(documents: Documents) -> None:
    summary = summarise(documents["to_order"])
    assert (summary.endorsee_name, summary.consignee_name) == ("Tonle Trade Bank PLC", None)
    assert (summary.place_of_delivery, summary.on_carriage_by) == ("KHPNH", "TRUCK")
    assert summarise(documents["blank"]).endorsee_name is None


def test_parties_are_listed_by_role(straight: dict[str, Any]) -> None:
    straight["documentParties"]["other"] = [{"party": {"partyName": "Payer"}, "partyFunction": "COW"}]
    assert dict(summarise(straight).parties) == {
        "shipper": "Chongqing Yunhe Motor Parts Co., Ltd.",
        "consignee": "Song Cam Trading Joint Stock Company",
        "issuingParty": "Beibu Blue Line Shipping Co., Ltd.",
        "notifyParty1": "Cam River Forwarding Co., Ltd.",
        "COW": "Payer",
    }


def test_a_party_is_listed_where_it_has_a_name_and_a_role(straight: dict[str, Any]) -> None:
    before = dict(summarise(straight).parties)
    straight["documentParties"]["onBehalfOfShipper"] = {"address": {}}
    straight["documentParties"]["other"] = [
        {"party": {"address": {}}, "partyFunction": "COW"},
        {"party": {"partyName": "Payer"}},
    ]
    assert dict(summarise(straight).parties) == before


def test_a_version_of_a_document_bears_its_own_number(straight: dict[str, Any]) -> None:
    straight["transportDocumentSubReference"] = "2"
    assert summarise(straight).transport_document_sub_reference == "2"


def test_extended_goods_codes_take_precedence(documents: Documents) -> None:
    assert summarise(documents["sea_waybill"]).hs_codes == ("0805100000",)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("carrierCode", "carrierCode"),
        ("isToOrder", "isToOrder"),
        ("transportDocumentTypeCode", "transportDocumentTypeCode"),
        ("documentParties", "documentParties"),
        ("transports", "transports"),
    ],
)
def test_an_unchecked_document_is_refused_by_field(straight: dict[str, Any], name: str, field: str) -> None:
    del straight[name]
    with pytest.raises(EncodingError) as caught:
        summarise(straight)
    assert caught.value.field == field


def test_an_unchecked_mass_is_refused_by_field(straight: dict[str, Any]) -> None:
    straight["consignmentItems"][0]["cargoItems"][0]["cargoGrossWeight"]["unit"] = "TNE"
    with pytest.raises(EncodingError) as caught:
        summarise(straight)
    assert caught.value.field == "consignmentItems[0].cargoItems[0].cargoGrossWeight"


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (12000, "KGM", 12_000_000),
        (17280.5, "KGM", 17_280_500),
        (0, "KGM", 0),
        (0.1, "KGM", 100),
        (0.0005, "KGM", 0),
        (0.0015, "KGM", 2),
        (1, "LBR", 454),
        (1000, "LBR", 453_592),
        (MAX_MASS, "KGM", MAX_MASS * 1000),
    ],
)
def test_masses_become_whole_grams(value: Any, unit: str, expected: int) -> None:
    assert grams({"value": value, "unit": unit}) == expected


@pytest.mark.parametrize(
    "weight",
    [
        None,
        12,
        {"value": 1},
        {"unit": "KGM"},
        {"value": "1", "unit": "KGM"},
        {"value": True, "unit": "KGM"},
        {"value": 1, "unit": "TNE"},
        {"value": 1, "unit": ["KGM"]},
        {"value": -1, "unit": "KGM"},
        {"value": float("nan"), "unit": "KGM"},
        {"value": float("inf"), "unit": "KGM"},
        {"value": MAX_MASS + 1, "unit": "KGM"},
        {"value": 10**5000, "unit": "KGM"},
    ],
)
def test_what_is_no_mass_has_no_grams(weight: Any) -> None:
    assert grams(weight) is None


@given(st.integers(0, MAX_MASS * 1000))
def test_kilograms_with_three_decimals_keep_every_gram(mass: int) -> None:
    assert grams({"value": mass / 1000, "unit": "KGM"}) == mass


def test_the_examples_have_three_containers_at_most(load: Callable[[str], dict[str, Any]]) -> None:
    for name in ("straight", "to-order", "sea-waybill"):
        assert 1 <= len(summarise(load(f"corridor-{name}.json")).containers) <= 3
