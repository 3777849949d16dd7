"""Signed requests: whatever decides the answer is covered by the signature."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from ledger.errors import EncodingError, LedgerError, SignatureError
from ledger.keys import ORDER, SigningKey
from ledger.requests import (
    Request,
    SignedRequest,
    content_digest,
    parse_signed_request,
    sign_request,
    signature_base,
)

KEY = SigningKey.from_entropy(b"a member's key for tests of signed requests")
OTHER = SigningKey.from_entropy(b"another member's key, which did not sign it")
CREATED_S = 1_790_000_000

GET = Request(
    method="GET",
    authority="127.0.0.1:8401",
    path="/v1/records/bill/ab",
    query="a=1&b=%20",
    member="coral-line/lin-tao",
)
PUT = replace(GET, method="PUT", path="/v1/contents/ab", query="", body=b'{"version":1}')


def signed(request: Request, *, nonce: bytes = bytes(range(16))) -> dict[str, str]:
    return sign_request(KEY, request, created_s=CREATED_S, nonce=nonce)


def parse(request: Request, headers: dict[str, str]) -> SignedRequest:
    return parse_signed_request(
        method=request.method,
        authority=request.authority,
        path=request.path,
        query=request.query,
        body=request.body,
        headers=headers,
    )


@pytest.mark.parametrize("request_", [GET, PUT], ids=["GET", "PUT"])
def test_what_was_signed_verifies(request_: Request) -> None:
    arrived = parse(request_, signed(request_))
    arrived.verify(KEY.public_key)
    assert arrived.request == request_
    assert arrived.created_s == CREATED_S
    assert arrived.nonce == base64.urlsafe_b64encode(bytes(range(16))).rstrip(b"=").decode()
    assert arrived.keyid == KEY.public_key.thumbprint


def test_the_signature_base_is_that_of_rfc_9421() -> None:
    headers = signed(PUT)
    params = headers["signature-input"].removeprefix("sealane=")
    expected = (
        '"@method": PUT\n'
        '"@authority": 127.0.0.1:8401\n'
        '"@path": /v1/contents/ab\n'
        '"@query": ?\n'
        '"sealane-member": coral-line/lin-tao\n'
        f'"content-digest": {content_digest(PUT.body)}\n'
        f'"@signature-params": {params}'
    )
    assert parse(PUT, headers).base == expected.encode()


def test_content_digest_is_that_of_rfc_9530() -> None:
    # RFC 9530 appendix D gives this digest for this content.
    assert content_digest(b'{"hello": "world"}\n') == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"


@pytest.mark.parametrize(
    "changed",
    [
        replace(PUT, method="POST"),
        replace(PUT, authority="127.0.0.1:8402"),
        replace(PUT, path="/v1/contents/ac"),
        replace(PUT, query="x"),
    ],
    ids=["method", "authority", "path", "query"],
)
def test_a_change_of_the_request_is_noticed(changed: Request) -> None:
    arrived = parse(changed, signed(PUT))
    with pytest.raises(SignatureError) as caught:
        arrived.verify(KEY.public_key)
    assert caught.value.field == "signature"


def test_a_change_of_the_member_is_noticed() -> None:
    arrived = parse(PUT, signed(PUT) | {"sealane-member": "coral-line/zhou-yan"})
    with pytest.raises(SignatureError):
        arrived.verify(KEY.public_key)


def test_a_change_of_the_body_is_noticed() -> None:
    with pytest.raises(SignatureError) as caught:
        parse(replace(PUT, body=b'{"version":2}'), signed(PUT))
    assert caught.value.field == "content-digest"


def test_a_body_with_a_digest_of_its_own_is_noticed() -> None:
    forged = replace(PUT, body=b'{"version":2}')
    arrived = parse(forged, signed(PUT) | {"content-digest": content_digest(forged.body)})
    with pytest.raises(SignatureError):
        arrived.verify(KEY.public_key)


def test_a_body_added_to_a_signed_get_is_noticed() -> None:
    with pytest.raises(SignatureError) as caught:
        parse(replace(GET, body=b"x"), signed(GET) | {"content-digest": content_digest(b"x")})
    assert caught.value.field == "signature-input"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"created={CREATED_S}", f"created={CREATED_S + 1}"),
        ('nonce="AAEC', 'nonce="AAED'),
    ],
    ids=["created", "nonce"],
)
def test_a_change_of_a_parameter_is_noticed(old: str, new: str) -> None:
    headers = signed(GET)
    assert old in headers["signature-input"]
    headers["signature-input"] = headers["signature-input"].replace(old, new)
    with pytest.raises(SignatureError):
        parse(GET, headers).verify(KEY.public_key)


def test_another_members_key_does_not_verify() -> None:
    with pytest.raises(SignatureError) as caught:
        parse(GET, signed(GET)).verify(OTHER.public_key)
    assert caught.value.field == "keyid"


def test_a_keyid_changed_to_another_members_does_not_verify() -> None:
    headers = signed(GET)
    mine, theirs = KEY.public_key.thumbprint.hex(), OTHER.public_key.thumbprint.hex()
    headers["signature-input"] = headers["signature-input"].replace(mine, theirs)
    with pytest.raises(SignatureError):
        parse(GET, headers).verify(OTHER.public_key)


@pytest.mark.parametrize("header", ["sealane-member", "signature-input", "signature", "content-digest"])
def test_every_header_is_needed(header: str) -> None:
    headers = signed(PUT)
    del headers[header]
    with pytest.raises(SignatureError) as caught:
        parse(PUT, headers)
    assert caught.value.field == header


@pytest.mark.parametrize(
    "name", ["@method", "@authority", "@path", "@query", "sealane-member", "content-digest"]
)
def test_every_component_must_be_covered(name: str) -> None:
    names = [
        n
        for n in ("@method", "@authority", "@path", "@query", "sealane-member", "content-digest")
        if n != name
    ]
    params = f'({" ".join(f"{chr(34)}{n}{chr(34)}" for n in names)});created={CREATED_S};nonce="{"n" * 16}"'
    params += f';keyid="{KEY.public_key.thumbprint.hex()}";alg="ecdsa-p256-sha256"'
    signature = base64.b64encode(KEY.sign(signature_base(PUT, tuple(names), params))).decode()
    headers = signed(PUT) | {"signature-input": f"sealane={params}", "signature": f"sealane=:{signature}:"}
    with pytest.raises(SignatureError, match="does not cover"):
        parse(PUT, headers)


def test_components_and_parameters_may_come_in_another_order() -> None:
    names = ("sealane-member", "@query", "@path", "@authority", "@method")
    listed = " ".join(f'"{name}"' for name in names)
    keyid = KEY.public_key.thumbprint.hex()
    params = f'({listed});alg="ecdsa-p256-sha256";keyid="{keyid}";nonce="{"n" * 16}";created={CREATED_S}'
    signature = base64.b64encode(KEY.sign(signature_base(GET, names, params))).decode()
    headers = {
        "sealane-member": GET.member,
        "signature-input": f"sealane={params}",
        "signature": f"sealane=:{signature}:",
    }
    parse(GET, headers).verify(KEY.public_key)


def test_a_high_s_signature_is_read_as_its_low_s_form() -> None:
    headers = signed(GET)
    low = base64.b64decode(headers["signature"].removeprefix("sealane=:").removesuffix(":"))
    high = low[:32] + (ORDER - int.from_bytes(low[32:], "big")).to_bytes(32, "big")
    headers["signature"] = f"sealane=:{base64.b64encode(high).decode()}:"
    arrived = parse(GET, headers)
    assert arrived.signature == low
    arrived.verify(KEY.public_key)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("sealane-member", "coral-line"),
        ("sealane-member", "coral-line/lin tao"),
        ("sealane-member", "x" * 1025),
        ("signature-input", "sealane="),
        ("signature-input", "other=()"),
        ("signature-input", 'sealane=("@method");created=1'),
        ("signature", "sealane=:AAAA:"),
        ("signature", "sealane=:" + "A" * 85 + "!==:"),
        ("signature", "sealane=:" + "A" * 86 + "==:"),
    ],
)
def test_malformed_headers_are_refused_by_name(header: str, value: str) -> None:
    with pytest.raises(LedgerError) as caught:
        parse(GET, signed(GET) | {header: value})
    assert header in (caught.value.field, "signature")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('alg="ecdsa-p256-sha256"', 'alg="hmac-sha256"', "alg"),
        (';alg="ecdsa-p256-sha256"', ";expires=9", "expires"),
        (f"created={CREATED_S}", "created=-1", "created"),
        (f"created={CREATED_S}", f"created={CREATED_S};created={CREATED_S}", "created"),
        ('keyid="', 'keyid="A', "keyid"),
        ('nonce="', 'nonce="!', "nonce"),
    ],
)
def test_malformed_parameters_are_refused_by_name(old: str, new: str, field: str) -> None:
    headers = signed(GET)
    assert old in headers["signature-input"]
    headers["signature-input"] = headers["signature-input"].replace(old, new)
    with pytest.raises(EncodingError) as caught:
        parse(GET, headers)
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["created", "nonce", "keyid", "alg"])
def test_every_parameter_is_needed(name: str) -> None:
    headers = signed(GET)
    kept = [part for part in headers["signature-input"].split(";") if not part.startswith(f"{name}=")]
    with pytest.raises(SignatureError) as caught:
        parse(GET, headers | {"signature-input": ";".join(kept)})
    assert caught.value.field == name


def test_a_component_named_twice_is_refused() -> None:
    headers = signed(GET)
    headers["signature-input"] = headers["signature-input"].replace('"@method"', '"@method" "@method"')
    with pytest.raises(SignatureError, match="exactly"):
        parse(GET, headers)


@pytest.mark.parametrize("offset_s", [-60, 0, 60])
def test_a_request_is_fresh_for_a_minute_either_way(offset_s: int) -> None:
    parse(GET, signed(GET)).check_fresh(CREATED_S + offset_s)


@pytest.mark.parametrize(("offset_s", "said"), [(-61, "61 s ahead of"), (61, "61 s behind")])
def test_a_request_of_another_minute_is_not_fresh(offset_s: int, said: str) -> None:
    with pytest.raises(SignatureError, match=f"signed {said} the node's clock") as caught:
        parse(GET, signed(GET)).check_fresh(CREATED_S + offset_s)
    assert caught.value.field == "created"


def test_a_short_nonce_is_refused_when_signing() -> None:
    with pytest.raises(EncodingError):
        signed(GET, nonce=b"short")


@pytest.mark.parametrize(
    ("sent", "seen"), [("Node.Example:80", "node.example"), ("node.example:443", "NODE.example")]
)
def test_authority_is_compared_in_lower_case_and_without_default_ports(sent: str, seen: str) -> None:
    parse(replace(GET, authority=seen), signed(replace(GET, authority=sent))).verify(KEY.public_key)


def test_an_empty_path_is_the_root() -> None:
    parse(replace(GET, path="/"), signed(replace(GET, path=""))).verify(KEY.public_key)
