"""Fiat = chain: what each channel took in each day, beside what the chain says of it.

The chain's side is read from the index, by the tag of each receipt, and not from what this service
remembers of its own payments.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import IntEnum
from typing import Any

from tallystick.channels import receipts
from tallystick.channels.catalogue import Channel
from tallystick.db import Database
from tallystick.indexer.repository import paid_through
from tallystick.intake.values import decimals_of
from tallystick.loans.calendar import date_of
from tallystick.loans.offline.result import decimal


class Verdict(IntEnum):
    """Exit code of the report."""

    EQUAL = 0
    """All that came in is on chain or went back."""
    WAITS = 1
    """The sums agree, but something waits to be paid or decided on."""
    DIFFERS = 2
    """A payment is missing on chain, differs, or belongs to no receipt."""


@dataclass(slots=True)
class Row:
    """Sums of one day and channel in the channel's currency's smallest unit.

    `came` = `paid` (by the chain) + `surplus` (to go back) + `waits` + `open` + `returned` (surplus
    included) + `ignored` + `differs`, which is 0 when the books agree.
    """

    day: int
    channel: str
    currency: str
    receipts: int = 0
    came: int = 0
    paid: int = 0
    surplus: int = 0
    waits: int = 0
    open: int = 0
    returned: int = 0
    ignored: int = 0

    @property
    def differs(self) -> int:
        known = self.paid + self.surplus + self.waits + self.open + self.returned + self.ignored
        return self.came - known


@dataclass(frozen=True, slots=True)
class Report:
    """`foreign` are payments on chain through a channel of ours that belong to no receipt: channel
    and transaction."""

    rows: list[Row]
    foreign: list[tuple[str, bytes]]

    @property
    def verdict(self) -> Verdict:
        if self.foreign or any(row.differs for row in self.rows):
            return Verdict.DIFFERS
        waits = any(row.waits or row.open or row.surplus for row in self.rows)
        return Verdict.WAITS if waits else Verdict.EQUAL


def reconcile(
    db: Database, index: Database, channels: Mapping[str, Channel], first: int, last: int
) -> Report:
    """The days from `first` to `last` (since 1970-01-01), both included."""
    on_chain: dict[bytes, int] = {}
    foreign: list[tuple[str, bytes]] = []
    ours = receipts.tags(db)
    for channel in channels.values():
        for tag, amount, tx_hash in paid_through(index, channel.tag):
            if tag in ours:
                on_chain[tag] = on_chain.get(tag, 0) + amount
            else:
                foreign.append((channel.name, tx_hash))
    rows: dict[tuple[int, str], Row] = {}
    for receipt in receipts.between(db, first, last):
        row = rows.setdefault(
            (receipt.day, receipt.channel), Row(receipt.day, receipt.channel, receipt.currency)
        )
        row.receipts += 1
        row.came += receipt.amount
        _book(row, receipt, channels[receipt.channel], on_chain.get(receipt.tag, 0))
    return Report([rows[key] for key in sorted(rows)], foreign)


def _book(row: Row, receipt: receipts.Receipt, channel: Channel, chain: int) -> None:
    """Of what the chain does not say is paid, what becomes of it."""
    paid = chain // channel.units(1)
    row.paid += paid
    rest = receipt.amount - paid
    match receipt.state:
        case "matched" | "sending":
            row.waits += rest
        case "open":
            row.open += rest
        case "ignored":
            row.ignored += rest
        case "returned":
            row.returned += rest
        case "paid" if receipt.paid == chain and rest >= 0:
            if receipt.reason is None:
                row.returned += rest
            else:
                row.surplus += rest


def as_json(report: Report) -> dict[str, Any]:
    """Sums as decimal text in the currency."""
    return {
        "verdict": report.verdict.name.lower(),
        "rows": [_shown(row) for row in report.rows],
        "foreign": [
            {"channel": channel, "tx_hash": f"0x{tx_hash.hex()}"}
            for channel, tx_hash in report.foreign
        ],
    }


def as_csv(report: Report) -> str:
    """A line for each day and channel."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [*COLUMNS], lineterminator="\n")
    writer.writeheader()
    writer.writerows(_shown(row) for row in report.rows)
    return out.getvalue()


def as_table(report: Report) -> str:
    """For a terminal."""
    lines: list[Iterable[str]] = [COLUMNS]
    lines += [[str(value) for value in _shown(row).values()] for row in report.rows]
    cells = [list(line) for line in lines]
    widths = [max(len(line[at]) for line in cells) for at in range(len(COLUMNS))]
    text = "\n".join(
        "  ".join(
            cell.ljust(width) if at < _LEFT else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )
    foreign = [f"no receipt: {channel}, transaction 0x{tx.hex()}" for channel, tx in report.foreign]
    return "\n".join([report.verdict.name, text, *foreign]) + "\n"


COLUMNS = (*(field.name for field in fields(Row)), "differs")
_LEFT = 3


def _shown(row: Row) -> dict[str, Any]:
    decimals = decimals_of(row.currency)
    shown: dict[str, Any] = asdict(row) | {"differs": row.differs}
    for name in COLUMNS[4:]:
        shown[name] = decimal(shown[name], decimals)
    return shown | {"day": date_of(row.day).isoformat()}
