"""Events in JSON's words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.backend.chain.samples import AGREEMENT, AMENDMENT, REF
from tests.backend.chain.test_codec import CASES, LOAN, MARK

from tallystick.chain.readable import values_of
from tallystick.loans.debt import Split
from tallystick.loans.events import Amended, Assigned, AutopaySet, Originated, Paid
from tallystick.loans.kinds import Source

ADA, BEN, TOKEN = AGREEMENT.borrower, AGREEMENT.lender, AGREEMENT.token


def test_numbers_bytes_kinds_and_what_is_nested() -> None:
    paid = values_of(Paid(REF, LOAN, ADA, Source.COLLATERAL, 1, 2, 3, 2**200, 5))
    assert paid == {
        "payer": ADA,
        "source": "collateral",
        "penalty": "1",
        "interest": "2",
        "fee": "3",
        "principal": str(2**200),
        "outstanding": "5",
    }
    assert values_of(AutopaySet(REF, LOAN, on=False)) == {"on": False}
    assert values_of(Originated(REF, LOAN, ADA, BEN, AGREEMENT)) == {"borrower": ADA, "lender": BEN}
    assert values_of(Assigned(REF, LOAN, BEN, ADA, TOKEN, 7))["from"] == BEN
    amended = values_of(Amended(REF, LOAN, MARK, AGREEMENT, AMENDMENT, Split(4, 5, 0, 6), 7, 8))
    assert (amended["waived_principal"], amended["amendment_waived_principal"]) == ("6", "3")
    assert (amended["amendment_status_before"], amended["amendment_capitalise"]) == (
        "defaulted",
        True,
    )
    assert amended["terms_after"] == "0x" + MARK.hex()


@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case[0]).__name__)
def test_every_event_can_be_shown(case: tuple[Any, list[Any]]) -> None:
    shown = values_of(case[0])
    assert all(isinstance(value, str | bool) for value in shown.values())
    assert json.loads(json.dumps(shown)) == shown
