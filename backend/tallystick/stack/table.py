"""The loans as a table in the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.table import Table

from tallystick.demo.people import PEOPLE

_NAMES = {person.address: person.name for person in PEOPLE}


def loans_table(loans: Iterable[dict[str, Any]]) -> Table:
    """One line per loan, as `GET /v1/loans` gives them; fits 80 columns."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in ("loan", "borrower", "lender", "kind"):
        table.add_column(heading, no_wrap=True)
    for heading in ("principal", "outstanding"):
        table.add_column(heading, no_wrap=True, justify="right")
    for heading in ("next due", "status"):
        table.add_column(heading, no_wrap=True)
    for loan in loans:
        decimals = loan["token"]["decimals"] or 0
        due = loan["next_due"]
        table.add_row(
            loan["loan_id"][:6],
            _name(loan["borrower"]),
            _name(loan["lender"]),
            loan["amortization"].replace("_", " "),
            amount(loan["principal"], decimals),
            amount(loan["outstanding"], decimals),
            due["due_date"] if due else "",
            loan["status"],
        )
    return table


def amount(base_units: str, decimals: int) -> str:
    """Base units as a decimal number, cut to two places."""
    whole, rest = divmod(int(base_units), 10**decimals)
    return f"{whole:,}.{rest * 100 // 10**decimals:02}"


def _name(address: str) -> str:
    return _NAMES.get(address, address[:10])
