"""Checked terms back as the schedule input that states them: what `tallystick schedule` reads."""

from __future__ import annotations

from fractions import Fraction

from tallystick.loans.offline.result import decimal
from tallystick.loans.offline.terms import ScheduleInput

_PERCENT_DECIMALS = 18


def schedule_json(terms: ScheduleInput) -> dict[str, object]:
    """The JSON object that parses to `terms`, every convention stated, for declining interest."""
    scale = terms.money_scale
    data: dict[str, object] = {
        "principal": decimal(terms.principal, scale),
        "annual_rate_pct": percent_text(terms.annual_rate),
        "number_of_repayments": terms.number_of_repayments,
        "repay_every": terms.repay_every,
        "frequency": terms.frequency.label,
        "disbursement_date": terms.disbursement_date.isoformat(),
        "amortization": terms.amortization.value,
        "days_in_month": terms.days_in_month.value,
        "days_in_year": terms.days_in_year.value,
        "interest_calculation_period": terms.interest_calculation_period.value,
        "money_scale": scale,
    }
    if terms.first_repayment_date is not None:
        data["first_repayment_date"] = terms.first_repayment_date.isoformat()
    if terms.installment_multiple_of is not None:
        data["installment_multiple_of"] = decimal(terms.installment_multiple_of, scale)
    if terms.grace_on_principal:
        data["grace_on_principal"] = terms.grace_on_principal
    if terms.fixed_principal is not None:
        data["fixed_principal_pct"] = percent_text(terms.fixed_principal)
    if terms.custom_rows:
        data["custom_rows"] = [
            {"principal": decimal(row.principal or 0, scale)}
            | ({} if row.due_date is None else {"due_date": row.due_date.isoformat()})
            for row in terms.custom_rows
        ]
    return data


def percent_text(fraction: Fraction, decimals: int = _PERCENT_DECIMALS) -> str:
    """A fraction of one as a percentage without trailing zeros, cut after `decimals`."""
    units = fraction.numerator * 100 * 10**decimals // fraction.denominator
    text = decimal(units, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text
