"""Signing in with a code from `sealane login`, and signing out."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from nodes.api import problems
from nodes.api.state import ApiState
from nodes.pages.frame import FORM_HEADERS, render
from nodes.pages.visitors import (
    FORM_S,
    begin_session,
    check_form,
    end_session,
    form_cookie,
    form_mark,
    new_form,
    set_cookie,
    visitor_of,
)

router = APIRouter(include_in_schema=False)

FORM_TYPE = "application/x-www-form-urlencoded"

MAX_FORM_BYTES = 2_048
"""A code and a mark have 80."""

MAX_CODE_CHARACTERS = 64


@router.get("/sign-in", response_class=Response)
async def get_sign_in(request: Request, api: ApiState, code: str = "") -> Response:
    """The form; with a code it says whom the browser would read as, so that nobody is signed in unawares."""
    return _form(request, code)


@router.post("/sign-in", response_class=Response)
async def post_sign_in(request: Request, api: ApiState) -> Response:
    """Begin a session. What the browser held before never becomes it."""
    fields = await _fields(request)
    check_form(request, request.cookies.get(form_cookie(request), ""), fields.get("mark", ""))
    now_s = api.services.clock.monotonic_s()
    grant = api.codes.redeem(fields.get("code", "")[:MAX_CODE_CHARACTERS], now_s)
    if grant is None:
        return _form(request, "", failed=True)
    before = visitor_of(request)
    if before.token:
        api.sessions.end(before.token)
    response = RedirectResponse("/", status_code=303)
    begin_session(request, response, api.sessions.begin(grant, now_s))
    return response


@router.post("/sign-out", response_class=Response)
async def post_sign_out(request: Request, api: ApiState) -> Response:
    """End the session."""
    fields = await _fields(request)
    visitor = visitor_of(request)
    if visitor.token:
        check_form(request, visitor.token, fields.get("mark", ""))
        api.sessions.end(visitor.token)
    response = RedirectResponse("/", status_code=303)
    end_session(request, response)
    return response


def _form(request: Request, code: str, *, failed: bool = False) -> Response:
    api = request.app.state.api
    held = request.cookies.get(form_cookie(request), "") or new_form()
    grant = api.codes.look(code[:MAX_CODE_CHARACTERS], api.services.clock.monotonic_s()) if code else None
    response = render(
        request,
        "sign_in.html",
        status=403 if failed else 200,
        headers=FORM_HEADERS,
        code=code[:MAX_CODE_CHARACTERS],
        failed=failed or (bool(code) and grant is None),
        member=None if grant is None else grant.member,
        mark=form_mark(api, held),
    )
    set_cookie(request, response, form_cookie(request), held, FORM_S)
    return response


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a form, each once."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != FORM_TYPE:
        raise problems.INVALID("This takes a form.", at="content-type")
    async with request.app.state.api.limits.body(request, MAX_FORM_BYTES) as data:
        try:
            found = parse_qs(data.decode("ascii"), strict_parsing=True, max_num_fields=8)
        except ValueError:
            raise problems.INVALID("The form cannot be read.", at="body") from None
    return {name: values[0] for name, values in found.items() if len(values) == 1}
