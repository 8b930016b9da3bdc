"""The loan agreement that borrower and lender sign, and its JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.loans.conditions import Conditions
from tallystick.loans.errors import AgreementInvalid, ConditionsInvalid
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Waterfall,
)
from tallystick.loans.members import (
    Address,
    Bytes32,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uint96,
    from_json,
    is_decimal,
    member_from_json,
    members,
    object_of,
    to_json,
)

RATE_SCALE = 10**9
"""Rates are integers of 1e-9 per year."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Terms of one loan. Amounts in token base units, rates in 1e-9 per year, dates `yyyymmdd`.

    Signed members stand in EIP-712 order, as in `contracts/types/Agreement.sol`. `plan` is not
    signed: it is the content of the contract `rows`, the balance left after each row, base units.
    """

    borrower: Address
    lender: Address
    token: Address
    principal: Uint96
    installment: Uint96
    quantum: Uint96
    annual_rate: Uint64
    penalty_rate: Uint64
    prepayment_fee: Uint64
    grace_days: Uint16
    penalty_cap_days: Uint16
    amortization: Amortization
    interest_method: InterestMethod
    day_count: DayCount
    prepayment: Prepayment
    waterfall: Waterfall
    frequency: Frequency
    every: Uint16
    count: Uint16
    grace_principal: Uint16
    grace_interest: Uint16
    start_date: Uint32
    first_due_date: Uint32
    due_day: Uint8
    rows: Address
    amends: Bytes32
    conditions: Conditions
    plan: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Amounts, rates, nonces as decimal strings, kinds by name, small integers as such."""
        out = to_json(self)
        if self.plan:
            out["plan"] = [str(balance) for balance in self.plan]
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Agreement:
        """The inverse of `to_json`; raises `AgreementInvalid`, `ConditionsInvalid` for a wrong
        form only."""
        signed = members(cls)
        given = object_of(data, [*(member.name for member in signed), "plan"], AgreementInvalid)
        values: dict[str, Any] = {"plan": _plan(given.get("plan", []))}
        for member in signed:
            if member.type is Conditions:
                if member.name not in given:
                    raise AgreementInvalid(member.name, "is missing")
                values[member.name] = from_json(Conditions, given[member.name], ConditionsInvalid)
            else:
                values[member.name] = member_from_json(member, given, AgreementInvalid)
        return cls(**values)


def _plan(value: object) -> tuple[int, ...]:
    if not (isinstance(value, list) and all(map(is_decimal, value))):
        raise AgreementInvalid("plan", "must be a list of decimal strings")
    return tuple(map(int, value))
