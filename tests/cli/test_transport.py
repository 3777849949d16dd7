"""Connections to a node that come and go."""

from __future__ import annotations

import select
from contextlib import closing

import pytest

from cli.transport import Transport
from tests.cli.conftest import FakeNode

pytestmark = pytest.mark.loopback


def test_a_connection_that_the_node_ended_while_it_was_idle_is_opened_anew(node: FakeNode) -> None:
    node.hangs_up = True
    node.replies["GET /v1/status"] = (200, {"height": 1})
    with closing(Transport(node.url)) as transport:
        transport.get("/v1/status")
        sock = transport._connection.sock
        assert sock is not None
        assert select.select([sock], [], [], 10.0)[0], "the node has not hung up"
        assert transport.get("/v1/status") == {"height": 1}
    assert len(node.asked) == 2
