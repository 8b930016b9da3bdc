"""The price of risk, exactly: docs/decisions.md, "Price", derives it.

pd1  = pd · 12 / months                       probability of default within a year
even = (funding · (1 - capital) + hurdle · capital + operating + lgd · pd1) / (1 - pd1)
rate = even + margin - discount, up to whole steps, within the grade's band and the law
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction

from tallystick.decisions.catalogue import Band, Cap
from tallystick.decisions.policy import CostRow
from tallystick.loans.recommend.schedule_json import percent_text

_PERIODS = {"months": 12, "weeks": 52}


@dataclass(frozen=True, slots=True)
class Price:
    """Shares of one a year. `even` is the rate at which the lender neither wins nor loses; `short`
    says what forbids even that: `law` or `grid`, with the `cap` that does."""

    rate: Fraction
    even: Fraction
    loss: Fraction
    cap: Fraction
    short: str | None

    def to_json(self) -> dict[str, str]:
        """Per cent a year."""
        return {
            "rate_pct": percent_text(self.rate, 7),
            "break_even_pct": percent_text(self.even, 7),
            "expected_loss_pct": percent_text(self.loss, 7),
        }


def price(
    pd: Fraction,
    months: int,
    costs: CostRow,
    band: Band,
    law: Fraction,
    discount: Decimal,
    step: Decimal,
) -> Price:
    """The rate for a probability of default within `months`."""
    yearly = min(pd * 12 / months, Fraction(99, 100))
    capital = share(costs.capital_pct)
    loss = share(costs.lgd_pct) * yearly
    money = share(costs.funding_pct) * (1 - capital) + share(costs.hurdle_pct) * capital
    even = (money + share(costs.operating_pct) + loss) / (1 - yearly)
    least, most, unit = share(band.least_pct), share(band.most_pct), share(step)
    wanted = even + share(costs.margin_pct) - share(discount)
    rate = max(-(-wanted // unit) * unit, least)
    cap = min(most, law)
    rate = min(rate, cap // unit * unit)
    # a discount is the lender's own choice, so it may go below what is even
    short = None
    if rate < even - share(discount):
        short = "law" if law <= most else "grid"
    return Price(rate, even, loss, cap, short)


def legal_rate(cap: Cap, frequency: str, every: int) -> Fraction:
    """The highest nominal rate a year that keeps both bounds of the law, with repayments so far
    apart; loans here have no cost but interest."""
    nominal = share(cap.annual_rate_pct)
    if cap.annual_cost_pct is None:
        return nominal
    periods = Decimal(_PERIODS[frequency]) / every
    with localcontext() as context:
        context.prec = 34
        effective = 1 + cap.annual_cost_pct / 100
        rate = ((effective.ln() / periods).exp() - 1) * periods
        return min(nominal, Fraction(rate.quantize(Decimal("1e-9"), rounding=ROUND_FLOOR)))


def share(percent: Decimal) -> Fraction:
    """Per cent as an exact share of one."""
    return Fraction(percent) / 100
