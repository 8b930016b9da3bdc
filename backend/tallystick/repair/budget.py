"""What each month can bear, from income and expenses as `tallystick recommend` reads them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tallystick.loans.calendar import date_of
from tallystick.loans.errors import InputInvalid
from tallystick.loans.kinds import Frequency
from tallystick.loans.offline.result import decimal
from tallystick.loans.recommend.limits import Limits, Strain
from tallystick.loans.recommend.parse import parse_recommend_input
from tallystick.repair.basis import Basis
from tallystick.repair.errors import BudgetInvalid
from tallystick.repair.plan import Flow, by_month

_MOST_DECIMALS = 18


@dataclass(frozen=True, slots=True)
class Purse:
    """Limits in base units of the loan's token, and what the borrower could pay at once."""

    limits: Limits
    lump_sum: int

    def over(self, flows: list[Flow]) -> list[Strain]:
        """Months that a plan strains beyond their limit."""
        strains = (
            Strain(month, due, self.limits.of(month)) for month, due in by_month(flows).items()
        )
        return [strain for strain in strains if strain.over > 0]


def read_purse(
    basis: Basis, budget: dict[str, Any], lump_sum: str, decimals: int, share_pct: Decimal
) -> Purse:
    """The purse that an application states, without this loan. Raises `BudgetInvalid`."""
    if decimals > _MOST_DECIMALS:
        raise BudgetInvalid("/budget", "cannot be read in a token of so many decimals")
    agreement = basis.loan.agreement
    unit = {Frequency.DAYS: "days", Frequency.WEEKS: "weeks", Frequency.MONTHS: "months"}
    asked = {
        "principal": decimal(max(basis.today.outstanding, 1), decimals),
        "annual_rate_pct": "0",
        "disbursement_date": date_of(basis.day).isoformat(),
        "first_repayment_date": basis.first_due().isoformat(),
        "repay_every": agreement.every,
        "frequency": unit[agreement.frequency],
        "money_scale": decimals,
        "product": {
            "amortization": ["equal_installments"],
            "number_of_repayments": {"least": 1, "most": 1},
        },
        "budget": budget,
        "max_share_pct": f"{share_pct.normalize():f}",
    }
    try:
        limits = Limits(parse_recommend_input(asked))
        amount = Decimal(lump_sum).scaleb(decimals)
    except InputInvalid as error:
        raise BudgetInvalid(error.pointer, error.rule) from error
    except ArithmeticError as error:
        raise BudgetInvalid("/lump_sum", "must be an amount") from error
    if amount != int(amount) or not 0 <= amount < 2**96:
        raise BudgetInvalid("/lump_sum", "must be an amount with the token's decimals")
    return Purse(limits, int(amount))
