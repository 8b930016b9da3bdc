"""A schedule as a plain text table."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.loans.offline.result import ScheduleResult, decimal

Line = Sequence[str]


def render_table(result: ScheduleResult) -> str:
    """The rows and their totals; a column of fees only where there are some."""
    scale = result.money_scale
    principal, interest, fee = result.principal, result.interest, result.fee
    lines = [
        (
            str(row.n),
            row.due_date.isoformat(),
            decimal(row.principal, scale),
            decimal(row.interest, scale),
            decimal(row.fee, scale),
            decimal(row.total, scale),
            decimal(row.balance, scale),
        )
        for row in result.rows
    ]
    foot = (
        "",
        "total",
        decimal(principal, scale),
        decimal(interest, scale),
        decimal(fee, scale),
        decimal(principal + interest + fee, scale),
        "",
    )
    head = ("n", "due date", "principal", "interest", "fee", "total", "balance")
    text = aligned(head, lines, foot, hidden=() if fee else ("fee",))
    if result.upfront_fee:
        text += f"\ntotal includes a fee of {decimal(result.upfront_fee, scale)} at disbursement"
    return text


def aligned(
    head: Line, lines: Sequence[Line], foot: Line | None = None, hidden: Sequence[str] = ()
) -> str:
    """Columns aligned right for a fixed-width font, a rule after the head and before the foot."""
    shown = [i for i, name in enumerate(head) if name not in hidden]
    every = [head, *lines, *([foot] if foot else [])]
    widths = {i: max(len(line[i]) for line in every) for i in shown}
    rule = "  ".join("-" * width for width in widths.values())

    def row(line: Line) -> str:
        return "  ".join(line[i].rjust(width) for i, width in widths.items()).rstrip()

    text = [row(head), rule, *map(row, lines)]
    return "\n".join([*text, rule, row(foot)] if foot else text)
