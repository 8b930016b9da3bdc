"""How much may be lent: the least of several limits, each with its name."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from tallystick.decisions.case import Case
from tallystick.decisions.catalogue import Product
from tallystick.decisions.document import hundredths
from tallystick.decisions.policy import LimitRow, Policy
from tallystick.decisions.pricing import share


class Limit(NamedTuple):
    """A limit in hundredths; `code` names its reason."""

    code: str
    amount: int


def limits_of(
    case: Case, product: Product, policy: Policy, row: LimitRow, pd: Fraction, lgd: Fraction
) -> list[Limit]:
    """Every limit but that of the budget, the tightest first."""
    bounds = policy.exposure
    found = [
        Limit("limit_product", hundredths(product.amount.most)),
        Limit("limit_grade", hundredths(row.most) * case.standing.limit_pct // 100),
        Limit("limit_exposure", hundredths(row.subject) - case.exposure.subject),
        Limit("limit_concentration", hundredths(bounds.total) - case.exposure.total),
    ]
    if loss := pd * lgd:
        found.append(Limit("limit_loss", int(hundredths(row.most_loss) / loss)))
    part = share(bounds.segment_share_pct[product.segment])
    if part < 1 and case.exposure.total + case.amount > hundredths(bounds.share_above):
        # segment + x <= part · (total + x)
        room = (part * case.exposure.total - case.exposure.segment) / (1 - part)
        found.append(Limit("limit_concentration", int(room // 1)))
    return sorted((Limit(code, max(amount, 0)) for code, amount in found), key=lambda one: one[1])


def in_steps(amount: int, product: Product) -> int:
    """The amount in whole steps of the product."""
    step = hundredths(product.amount.step)
    return amount // step * step
