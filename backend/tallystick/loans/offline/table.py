"""A schedule as a plain text table."""

from __future__ import annotations

from tallystick.loans.offline.result import ScheduleResult, decimal

_HEAD = ("n", "due date", "principal", "interest", "fee", "total", "balance")
_FEE = 4


def render_table(result: ScheduleResult) -> str:
    """The rows and their totals, columns aligned for a fixed-width font."""
    scale = result.money_scale
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
    principal, interest, fee = result.principal, result.interest, result.fee
    foot = (
        "",
        "total",
        decimal(principal, scale),
        decimal(interest, scale),
        decimal(fee, scale),
        decimal(principal + interest + fee, scale),
        "",
    )
    shown = [i for i in range(len(_HEAD)) if i != _FEE or fee]
    widths = {i: max(len(line[i]) for line in (_HEAD, foot, *lines)) for i in shown}
    rule = "  ".join("-" * width for width in widths.values())

    def aligned(line: tuple[str, ...]) -> str:
        return "  ".join(line[i].rjust(width) for i, width in widths.items()).rstrip()

    text = [aligned(_HEAD), rule, *map(aligned, lines), rule, aligned(foot)]
    if result.upfront_fee:
        text.append(f"total includes a fee of {decimal(result.upfront_fee, scale)} at disbursement")
    return "\n".join(text)
