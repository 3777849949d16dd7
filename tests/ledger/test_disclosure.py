"""Fields shown one by one: what they show, what they hide, and what they are bound to."""

from __future__ import annotations

import json
from pathlib import Path as File
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier

from ledger import canonical
from ledger.canonical import MAX_DOCUMENT_DEPTH
from ledger.contents import check_commitment, contents_commitment
from ledger.disclosure import (
    MAX_FIELDS,
    MAX_NAME_BYTES,
    MAX_PATH_BYTES,
    RESERVED,
    Concealed,
    Path,
    chosen,
    conceal,
    digest_of,
    digests_commitment,
    reveal,
    spell,
)
from ledger.errors import EncodingError, LedgerError, ProofError
from ledger.keys import SigningKey
from ledger.primitives import decode_base64url, encode_base64url
from ledger.sd_jwt import disclose, parse_sd_jwt
from tests.ledger.builder import entropy

EXAMPLES = File(__file__).parents[2] / "examples"
SALT = bytes(range(16))
KEY = SigningKey.from_entropy(entropy("discloser"))
BILL: dict[str, Any] = json.loads((EXAMPLES / "corridor-to-order.json").read_text())
SMALL: dict[str, Any] = {
    "number": "BG1",
    "goods": [{"text": "tiles", "kg": 12.5}, {"text": "bricks", "kg": 3}],
    "parties": {"shipper": {"name": "Mill"}, "none": {}, "list": []},
    "paid": False,
}


def jwt(paths: list[Path], document: dict[str, Any] = SMALL) -> str:
    return disclose(
        conceal(document, SALT),
        paths,
        KEY,
        member="alpha/clerk",
        subject="document/x",
        issued_s=1_790_000_000,
    )


def shown(text: str) -> dict[str, Any]:
    parsed = parse_sd_jwt(text)
    return reveal(parsed.payload.document, parsed.disclosures).document


def by_standard_software(text: str) -> dict[str, Any]:
    """What the SD-JWT package of others makes of it, once it has verified the signature."""
    numbers = KEY.public_key.to_cryptography().public_numbers()
    x, y = (encode_base64url(part.to_bytes(32, "big")) for part in (numbers.x, numbers.y))
    jwk = JWK(kty="EC", crv="P-256", x=x, y=y)
    verifier = SDJWTVerifier(text, lambda issuer, header: jwk)
    payload: dict[str, Any] = verifier.get_verified_payload()
    assert payload["iss"] == "alpha/clerk"
    return dict(payload["document"])


@pytest.mark.parametrize(
    ("paths", "wanted"),
    [
        ([], {}),
        ([("number",)], {"number": "BG1"}),
        ([("goods", 1, "text")], {"goods": [{"text": "bricks"}]}),
        ([("goods", 0)], {"goods": [{"text": "tiles", "kg": 12.5}]}),
        ([("parties",), ("paid",)], {"parties": SMALL["parties"], "paid": False}),
        ([(name,) for name in SMALL], SMALL),
    ],
)
def test_chosen_fields_are_shown_and_no_others(paths: list[Path], wanted: dict[str, Any]) -> None:
    text = jwt(paths)
    assert shown(text) == wanted
    assert by_standard_software(text) == wanted


def test_fields_are_named_by_their_true_places() -> None:
    parsed = parse_sd_jwt(jwt([("goods", 1, "text")]))
    (field,) = reveal(parsed.payload.document, parsed.disclosures).fields
    assert field == (("goods", 1, "text"), "bricks")
    assert spell(field[0]) == "goods.1.text"


def test_every_field_of_a_bill_can_be_shown_alone() -> None:
    concealed = conceal(BILL, SALT)
    assert len(concealed.disclosures) > 100
    everything = jwt([(name,) for name in BILL], BILL)
    assert shown(everything) == by_standard_software(everything) == BILL
    for path in list(concealed.disclosures)[::17]:
        text = jwt([path], BILL)
        assert shown(text) == by_standard_software(text)


def test_what_is_not_shown_cannot_be_confirmed() -> None:
    """Neither the digests nor the salts that are shown say anything of a field beside them."""
    text = jwt([("goods", 1, "text")])
    parsed = parse_sd_jwt(text)
    salts = [decode_base64url(one[0], field="salt") for one in parsed.disclosures.values()]
    for name, value in (("number", "BG1"), ("paid", False)):
        for salt in (*salts, parsed.opening, b""):
            guess = encode_base64url(json.dumps([encode_base64url(salt), name, value]).encode())
            assert digest_of(guess) not in text
    assert "BG1" not in text
    assert encode_base64url(SALT) not in text
    assert len({*salts, parsed.opening}) == len(salts) + 1


def test_the_commitment_binds_every_field() -> None:
    commitment = contents_commitment(SALT, SMALL)
    concealed = conceal(SMALL, SALT)
    assert digests_commitment(concealed.opening, concealed.digests) == commitment
    check_commitment(commitment, SALT, SMALL)
    for path in concealed.disclosures:
        changed = json.loads(json.dumps(SMALL))
        inner = changed
        for part in path[:-1]:
            inner = inner[part]
        inner[path[-1]] = "something else"
        with pytest.raises(ProofError):
            check_commitment(commitment, SALT, changed)


def test_the_same_document_under_another_salt_has_nothing_in_common() -> None:
    one, other = conceal(SMALL, SALT), conceal(SMALL, bytes(16))
    assert not set(one.digests["_sd"]) & set(other.digests["_sd"])
    assert contents_commitment(SALT, {}) != contents_commitment(bytes(16), {})


def altered(concealed: Concealed, paths: list[Path]) -> dict[str, list[Any]]:
    from ledger.canonical import parse_json

    return {digest_of(one): parse_json(decode_base64url(one, field="x")) for one in chosen(concealed, paths)}


def test_a_disclosure_that_belongs_nowhere_is_refused() -> None:
    concealed = conceal(SMALL, SALT)
    for wrong in (
        altered(conceal(SMALL, bytes(16)), [("number",)]),
        altered(concealed, [("goods", 0, "kg")]) | altered(conceal(BILL, SALT), [("issueDate",)]),
        {
            digest: parts
            for digest, parts in altered(concealed, [("goods", 0, "kg")]).items()
            if len(parts) == 2
        },
    ):
        with pytest.raises(ProofError, match="belongs to nothing"):
            reveal(concealed.digests, wrong)


@pytest.mark.parametrize(
    "digests",
    [
        {"_sd": ["A"], "plain": 1},
        {"_sd": "A"},
        {"_sd": ["A", "A"]},
        {"_sd": ["B"]},
        {"_sd": ["C"]},
        {"_sd": ["A", "D"]},
        {"_sd": ["E"]},
        {"_sd": ["F"]},
        {"_sd": ["G"]},
        {"_sd": ["A", 1e21]},
        {"_sd": None},
    ],
)
def test_digests_that_are_not_ours_are_refused(digests: dict[str, Any]) -> None:
    disclosures = {
        "A": ["s", "a", 1],
        "B": ["s", "_sd", 1],
        "C": ["s", 1],
        "D": ["s", "a", 2],
        "E": ["s", "e", [1]],
        "F": ["s", "f", {"plain": 1}],
        "G": ["s", "g", [{"...": 1}]],
    }
    used = {name: value for name, value in disclosures.items() if name in str(digests)}
    with pytest.raises(ProofError):
        reveal(digests, used)


@pytest.mark.parametrize("name", ["_sd", "_sd_alg", "..."])
def test_reserved_names_are_refused(name: str) -> None:
    for document in ({name: 1}, {"a": [{name: 1}]}):
        with pytest.raises(EncodingError, match="RFC 9901"):
            conceal(document, SALT)


def test_bounds() -> None:
    with pytest.raises(EncodingError, match="more than"):
        conceal({"list": [0] * MAX_FIELDS}, SALT)
    with pytest.raises(EncodingError, match="16 bytes"):
        conceal({}, b"")
    with pytest.raises(EncodingError, match="no such field"):
        chosen(conceal(SMALL, SALT), [("goods", 2)])


def test_names_and_paths_are_bounded() -> None:
    """Each field's salt hashes its path, and a reader spells it: a long name would count once per field."""
    conceal({"é" * (MAX_NAME_BYTES // 2): 1}, SALT)
    for document in ({"é" * (MAX_NAME_BYTES // 2) + "x": [0]}, {"a": [{"x" * 1_000_000: [0] * 100}]}):
        with pytest.raises(EncodingError, match="name has more than 256 bytes"):
            conceal(document, SALT)
    name = "x" * MAX_NAME_BYTES
    with pytest.raises(EncodingError, match="paths of its fields"):
        conceal({name: [0] * (MAX_PATH_BYTES // MAX_NAME_BYTES)}, SALT)
    with pytest.raises(ProofError, match="name that cannot be"):
        reveal({"_sd": ["A"]}, {"A": ["s", name + "x", 1]})


def nested(depth: int) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Digests, and the disclosures of fields that stand within each other."""
    found, inner = dict[str, list[Any]](), dict[str, Any]()
    for _ in range(depth):
        parts = ["s", "a", inner]
        digest = digest_of(encode_base64url(canonical.encode(parts)))
        found[digest], inner = parts, {"_sd": [digest]}
    return inner, found


def test_fields_nest_as_deep_as_documents_do() -> None:
    document: dict[str, Any] = {}
    for _ in range(MAX_DOCUMENT_DEPTH):
        document = {"a": document}
    assert shown(jwt([("a",)], document)) == document
    with pytest.raises(EncodingError, match="nest deeper"):
        conceal({"a": document}, SALT)
    reveal(*nested(MAX_DOCUMENT_DEPTH))
    for depth in (MAX_DOCUMENT_DEPTH + 1, 600):
        with pytest.raises(ProofError, match="nest deeper"):
            reveal(*nested(depth))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text + "x",
        lambda text: text.replace(".", "", 1),
        lambda text: text.replace("~", "~!~", 1),
        lambda text: text + text.split("~")[1] + "~",
        lambda text: text.replace("~", "~é~", 1),
        lambda text: "A" * 4 + text,
        lambda text: text.split(".")[0] + ".e30." + text.split(".")[2],
        lambda text: text.replace("~", "~" + encode_base64url(b"{}") + "~", 1),
        lambda text: text.replace("~", "~" + encode_base64url(b'["s","name",1],"more":{}') + "~", 1),
        lambda text: text.split("~")[0][:-4] + "~" + text.split("~", 1)[1],
    ],
)
def test_what_is_no_sd_jwt_of_ours_is_refused(spoil: Any) -> None:
    with pytest.raises(LedgerError):
        parse_sd_jwt(spoil(jwt([("number",)])))


names = st.text(max_size=6).filter(lambda name: name not in RESERVED)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e6, 1e6)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(names, values, max_size=4), st.data())
def test_any_document_comes_back_whole_and_in_part(document: dict[str, Any], data: st.DataObject) -> None:
    concealed = conceal(document, SALT)
    assert shown(jwt([(name,) for name in document], document)) == document
    paths = data.draw(st.lists(st.sampled_from(list(concealed.disclosures)), max_size=3)) if document else []
    part = jwt(paths, document)
    assert shown(part) == by_standard_software(part)


@given(st.dictionaries(names, values, max_size=4))
def test_disclosures_have_one_spelling(document: dict[str, Any]) -> None:
    for disclosure in conceal(document, SALT).disclosures.values():
        data = decode_base64url(disclosure, field="disclosure")
        assert rfc8785.dumps(json.loads(data)) == data


def test_sizes() -> None:
    """One field of a bill of lading costs about two kilobytes beside the record's evidence."""
    concealed = conceal(BILL, SALT)
    assert len(jwt([("transportDocumentReference",)], BILL)) < 3_000
    assert len(jwt([(name,) for name in BILL], BILL)) < 8 * len(json.dumps(BILL))
    assert concealed.digests.keys() == {"_sd"}
