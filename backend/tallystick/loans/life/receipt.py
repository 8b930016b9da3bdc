"""How one payment of a life was applied, line by line."""

from __future__ import annotations

from tallystick.loans.life.result import LifeResult
from tallystick.loans.life.terms import Component
from tallystick.loans.offline.result import decimal
from tallystick.loans.offline.table import aligned


def render_receipt(result: LifeResult, index: int) -> str:
    """The event at `index`, from 0: penalty, parts of rows, what was in advance, overpaid."""
    item = result.transactions[index]
    applied = item.applied

    def money(units: int) -> str:
        return decimal(units, result.money_scale)

    lines = [("penalty", money(applied.penalty))] if applied.penalty else []
    lines += [(f"row {n} {part}", money(units)) for n, part, units in applied.rows]
    for part in (Component.FEE, Component.INTEREST, Component.PRINCIPAL):
        in_rows = sum(units for _, component, units in applied.rows if component is part)
        ahead = getattr(applied, part.value) - in_rows
        if ahead:
            lines.append((f"{part} in advance", money(ahead)))
    if applied.overpaid:
        lines.append(("overpaid", money(applied.overpaid)))
    foot = ("received", money(applied.total + applied.overpaid))
    table = aligned((f"{item.type} of {item.when.isoformat()}", "amount"), lines, foot)
    return f"{table}\n\nprincipal outstanding {money(item.outstanding)}"
