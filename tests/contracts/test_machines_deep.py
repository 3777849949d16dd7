"""Every slow model against its contract, further than there is time for on every change."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.contracts.test_bill_machine import BillMachine
from tests.contracts.test_clearance_machine import ClearanceMachine
from tests.contracts.test_document_machine import DocumentMachine
from tests.contracts.test_governance_machine import Governance
from tests.contracts.test_mandate_machine import MandateMachine
from tests.contracts.test_membership_machine import MembershipMachine
from tests.contracts.test_movement_machine import MovementMachine

MACHINES = (
    BillMachine,
    ClearanceMachine,
    DocumentMachine,
    Governance,
    MandateMachine,
    MembershipMachine,
    MovementMachine,
)
WALKS = int(os.environ.get("SEALANE_WALKS", "500"))


@pytest.mark.deep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.__name__)
def test_it_walks_further(machine: type[RuleBasedStateMachine]) -> None:
    far = settings(max_examples=WALKS, stateful_step_count=60, derandomize=False, deadline=None)
    run_state_machine_as_test(machine, settings=far)
