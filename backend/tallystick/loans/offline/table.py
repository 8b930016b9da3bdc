"""A schedule as a plain text table."""

from __future__ import annotations

from tallystick.loans.offline.result import ScheduleResult, decimal

_HEAD = ("n", "due date", "principal", "interest", "total", "balance")


def render_table(result: ScheduleResult) -> str:
    """The rows and their totals, columns aligned for a fixed-width font."""
    scale = result.money_scale
    lines = [
        (
            str(row.n),
            row.due_date.isoformat(),
            decimal(row.principal, scale),
            decimal(row.interest, scale),
            decimal(row.total, scale),
            decimal(row.balance, scale),
        )
        for row in result.rows
    ]
    principal, interest = result.principal, result.interest
    foot = (
        "",
        "total",
        decimal(principal, scale),
        decimal(interest, scale),
        decimal(principal + interest, scale),
        "",
    )
    widths = [max(len(line[i]) for line in (_HEAD, foot, *lines)) for i in range(len(_HEAD))]
    rule = "  ".join("-" * width for width in widths)

    def aligned(line: tuple[str, ...]) -> str:
        cells = zip(line, widths, strict=True)
        return "  ".join(cell.rjust(width) for cell, width in cells).rstrip()

    return "\n".join([aligned(_HEAD), rule, *map(aligned, lines), rule, aligned(foot)])
