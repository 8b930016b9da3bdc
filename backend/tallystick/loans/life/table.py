"""A loan's life as plain text: rows, what happened, where it stands."""

from __future__ import annotations

from tallystick.loans.life.result import LifeResult
from tallystick.loans.life.terms import Component
from tallystick.loans.offline.result import decimal
from tallystick.loans.offline.table import aligned


def render_life(result: LifeResult) -> str:
    """Two tables and a sentence."""

    def money(units: int) -> str:
        return decimal(units, result.money_scale)

    rows = aligned(
        ("n", "due date", "principal", "interest", "fee", "paid", "unpaid", "balance", "status"),
        [
            (
                str(row.n),
                row.due_date.isoformat(),
                money(row.principal),
                money(row.interest),
                money(row.fee),
                money(row.paid),
                money(row.unpaid),
                money(row.balance),
                row.status,
            )
            for row in result.rows
        ],
        (
            "",
            "total",
            money(sum(row.principal for row in result.rows)),
            money(sum(row.interest for row in result.rows)),
            money(sum(row.fee for row in result.rows)),
            money(sum(row.paid for row in result.rows)),
            money(sum(row.unpaid for row in result.rows)),
            "",
            "",
        ),
    )
    standing = (
        f"As of {result.as_of.isoformat()}: {result.status}, due {money(result.due.total)}, "
        f"{result.days_past_due} days past due, principal outstanding "
        f"{money(result.outstanding)}, payoff {money(result.payoff)}."
    )
    if not result.transactions:
        return f"{rows}\n\n{standing}"
    events = aligned(
        ("date", "event", "amount", *(part.value for part in Component), "outstanding"),
        [
            (
                item.when.isoformat(),
                item.type.value,
                "" if item.amount is None else money(item.amount),
                *(money(getattr(item.applied, part.value)) for part in Component),
                money(item.outstanding),
            )
            for item in result.transactions
        ],
    )
    return f"{rows}\n\n{events}\n\n{standing}"
