"""Every guard of the document registry, broken alone."""

from __future__ import annotations

from tests.contracts.guards.case import Broken, Good
from tests.contracts.world import BILL, CONTAINER_ID, DECLARATION, DOCUMENT, digest

REGISTER = {
    "type": "certificate_of_origin",
    "contents": digest("certificate"),
    "bills": [BILL.partition("/")[2]],
    "declarations": [DECLARATION.partition("/")[2]],
    "containers": [CONTAINER_ID],
    "readers": ["haiphong-motors"],
}

GOOD = (
    Good(
        act="document.register",
        subject=DOCUMENT,
        who="red-river-brokers",
        body=lambda w: REGISTER,
        prepare=lambda w: w.issue().lodge(),
    ),
    Good(
        act="document.revoke",
        subject=DOCUMENT,
        who="red-river-brokers",
        body=lambda w: {"reason": "replaced"},
        prepare=lambda w: w.issue().lodge().do("document.register", DOCUMENT, "red-river-brokers", REGISTER),
    ),
)

BROKEN = (
    Broken(
        act="document.register",
        code="document.not-linked",
        field="body",
        body={"bills": None, "declarations": None, "containers": None},
    ),
    Broken(
        act="document.register",
        code="act.duplicate",
        field="body.readers.1",
        body={"readers": ["guangxi-bank", "guangxi-bank"]},
    ),
    Broken(
        act="document.register",
        code="organisation.not-active",
        field="body.readers.0",
        body={"readers": ["nobody"]},
    ),
    Broken(
        act="document.register",
        code="record.not-found",
        field="body.containers.0",
        body={"containers": [digest("none")[:32]]},
        also=("document.not-party",),
    ),
    Broken(act="document.register", code="document.not-party", field="body.bills.0", who="guangxi-bank"),
    Broken(
        act="document.register",
        code="document.not-party",
        field="body.declarations.0",
        who="guangxi-bank",
        body={"bills": None},
    ),
    Broken(
        act="document.register",
        code="document.not-party",
        field="body.containers.0",
        who="guangxi-bank",
        body={"bills": None, "declarations": None},
    ),
    Broken(act="document.revoke", code="document.not-registrar", field="issuer", who="guangxi-bank"),
)
