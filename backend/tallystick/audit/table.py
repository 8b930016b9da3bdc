"""The report for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tallystick.audit.amounts import readable
from tallystick.audit.report import MONEY, LoanAudit, Report

WIDTH = 240
"""Columns when the output is no terminal."""
MOST_LOANS = 200
"""Loans listed; those that differ always are."""


def write_table(report: Report, target: IO[str]) -> None:
    """Writes the verdict, what differs, the money by token and the loans."""
    # a file or pipe is read with other means than a narrow window
    width = None if target.isatty() else WIDTH
    console = Console(file=target, highlight=False, width=width)
    console.print(_verdict(report))
    time = datetime.fromtimestamp(report.timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    console.print(
        f"{report.scope} of {report.book}, chain {report.chain_id}, "
        f"at block {report.block_number} ({time})",
        f"block hash 0x{report.block_hash.hex()}",
        f"code hash  0x{report.code_hash.hex()}",
        f"compared   {', '.join(compared(report))}",
        f"trusted    {'the block hash alone' if report.proven else 'the node'}",
        sep="\n",
    )
    for about, difference in report.all_differences():
        console.print(
            Text.assemble(
                (about, "bold"),
                f"\n  {difference.what}: the events give {difference.expected}, "
                f"{difference.where} says {difference.found}",
            )
        )
    console.print(_tokens(report))
    console.print(_loans(report))
    hidden = len(report.loans) - len(_listed(report))
    if hidden:
        console.print(f"and {hidden} more, all equal; --format json lists every one")


def compared(report: Report) -> list[str]:
    """What was held against the events."""
    parts = [f"{report.events} events", "signed terms", "contract storage"]
    if report.index:
        parts.append("index")
    if report.scope == "all loans":
        parts.append("credits and balances")
    if report.transfers_checked:
        parts.append(f"token transfers of {report.transactions} transactions")
    return parts


def _verdict(report: Report) -> Text:
    if report.equal:
        return Text(f"EQUAL: {len(report.loans)} loans, nothing differs", style="bold green")
    count = sum(1 for _ in report.all_differences())
    return Text(f"DIFFERS: {count} differences in {len(report.loans)} loans", style="bold red")


def _tokens(report: Report) -> Table:
    table = Table(title="Money", title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("token", no_wrap=True)
    columns = [name for name in MONEY if any(getattr(token, name) for token in report.tokens)]
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for token in report.tokens:
        table.add_row(
            Text(token.symbol or token.token),
            *(readable(getattr(token, name), token.decimals) for name in columns),
        )
    return table


def _listed(report: Report) -> list[LoanAudit]:
    equal_shown = 0
    shown: list[LoanAudit] = []
    for loan in report.loans:
        if loan.differences:
            shown.append(loan)
        elif equal_shown < MOST_LOANS:
            equal_shown += 1
            shown.append(loan)
    return shown


def _loans(report: Report) -> Table:
    decimals = {token.token: token.decimals for token in report.tokens}
    table = Table(title="Loans", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in ("loan", "borrower", "holder", "status"):
        table.add_column(name, no_wrap=True)
    for name in ("principal", "paid", "outstanding", "payments"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for loan in _listed(report):
        name = "0x" + loan.loan_id.hex()[:8]
        verdict = Text("differs", "red") if loan.differences else Text("equal", "green")
        state = loan.state
        if state is None:
            table.add_row(name, "?", "?", "?", "?", "?", "?", "?", verdict)
            continue
        scale = decimals.get(state.original.token)
        table.add_row(
            name,
            state.original.borrower[:10],
            state.holder[:10],
            state.debt.status.label,
            readable(state.original.principal, scale),
            readable(state.paid.total, scale),
            readable(loan.outstanding, scale),
            str(len(state.payments)),
            verdict,
        )
    return table
