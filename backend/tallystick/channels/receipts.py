"""Receipts in the database: taken in once, matched, paid on chain, or decided on by a person."""

from __future__ import annotations

import hmac
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tallystick.channels.catalogue import Channel
from tallystick.channels.errors import (
    ReceiptKnown,
    ReceiptSettled,
    ReceiptUnknown,
    ResolutionInvalid,
)
from tallystick.channels.match import Match, Reason, fits, match
from tallystick.channels.schema import schema
from tallystick.db import Database, pack_amount, write
from tallystick.identity.vault.files import PrivateFile
from tallystick.identity.vault.vault import new_id
from tallystick.indexer.repository import get_loan_bare
from tallystick.intake.statement import Entry, Part, Statement


@dataclass(frozen=True, slots=True)
class Receipt:
    """See `schema`. `surplus` is what of `amount` the loan did not need, in the currency."""

    number: int
    receipt_id: str
    channel: str
    document: str | None
    row: int | None
    day: int
    amount: int
    currency: str
    reference: str | None
    loan_id: bytes | None
    state: str
    reason: str | None
    tag: bytes
    from_block: int | None
    paid: int | None
    tx_hash: bytes | None
    block: int | None
    at: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a statement in came to; `known` entries were there already."""

    matched: int = 0
    open: int = 0
    known: int = 0
    outgoing: int = 0


_RECEIPT = (
    "number, receipt_id, channel, document, row, day, amount, currency, reference, loan_id, state,"
    " reason, tag, from_block, paid, tx_hash, block, at"
)


def receipts_file(path: Path) -> PrivateFile:
    """The file of receipts, made if there is none."""
    return PrivateFile(path, schema)


def take(db: Database, index: Database, channel: Channel, statement: Statement, now: int) -> Taken:
    """Takes a statement in, all of it or nothing. What is known already is left as it is, whether
    it comes in the same file again or in another one."""
    counted: Counter[str] = Counter()
    with write(db) as conn:
        secret = _secret(conn)
        for item in _items(statement.entries):
            if item.amount <= 0 and not item.returned:
                counted["outgoing"] += 1
                continue
            found = Match(reason=Reason.CHARGED_BACK)
            if not item.returned:
                found = match(index, channel, item.amount, item.currency, item.text)
            print_ = hmac.digest(secret, item.identity.encode(), "sha256")
            new = _add(conn, channel, print_, statement.document, item, found, now)
            counted["known" if not new else "open" if found.reason else "matched"] += 1
        conn.execute(
            "INSERT INTO documents (document, channel, entries, taken, at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (document) DO NOTHING",
            (
                statement.document,
                channel.name,
                len(statement.entries),
                counted["matched"] + counted["open"],
                now,
            ),
        )
    return Taken(**counted)


def take_one(
    db: Database,
    index: Database,
    channel: Channel,
    external_id: str,
    reference: str,
    amount: int,
    day: int,
    now: int,
) -> Receipt:
    """A receipt that a counter, an employer or a merchant tells of by itself.

    `external_id` is the channel's own and known once; `amount` in the currency's smallest unit.
    Raises `ReceiptKnown`.
    """
    found = match(index, channel, amount, channel.currency, reference)
    item = _Item(f"id\n{external_id}", None, day, amount, channel.currency, reference)
    with write(db) as conn:
        print_ = hmac.digest(_secret(conn), item.identity.encode(), "sha256")
        if not _add(conn, channel, print_, None, item, found, now):
            raise ReceiptKnown(external_id)
        row = conn.execute(
            f"SELECT {_RECEIPT} FROM receipts WHERE channel = ? AND fingerprint = ?",  # noqa: S608
            (channel.name, print_),
        ).fetchone()
    return _receipt(row)


def get(db: Database, receipt_id: str) -> Receipt:
    """Raises `ReceiptUnknown`."""
    row = db.execute(
        f"SELECT {_RECEIPT} FROM receipts WHERE receipt_id = ?",  # noqa: S608
        (receipt_id,),
    ).fetchone()
    if row is None:
        raise ReceiptUnknown(receipt_id)
    return _receipt(row)


def page(
    db: Database, limit: int, *, state: str | None = None, after: int | None = None
) -> list[Receipt]:
    """Oldest first, of one state or of all; those that follow number `after`."""
    rows = db.execute(
        f"SELECT {_RECEIPT} FROM receipts WHERE state = coalesce(?, state) AND number > ?"  # noqa: S608
        " ORDER BY number LIMIT ?",
        (state, after or 0, limit),
    )
    return [_receipt(row) for row in rows]


def between(db: Database, first: int, last: int) -> Iterator[Receipt]:
    """Receipts of the days from `first` to `last`, both included."""
    rows = db.execute(
        f"SELECT {_RECEIPT} FROM receipts WHERE day BETWEEN ? AND ? ORDER BY day, channel, number",  # noqa: S608
        (first, last),
    )
    return (_receipt(row) for row in rows)


def tags(db: Database) -> set[bytes]:
    """Of every receipt."""
    return {tag for (tag,) in db.execute("SELECT tag FROM receipts")}


def paid_since(db: Database, block: int) -> list[Receipt]:
    """What was paid in a block after this one."""
    rows = db.execute(
        f"SELECT {_RECEIPT} FROM receipts WHERE state = 'paid' AND block > ?",  # noqa: S608
        (block,),
    )
    return [_receipt(row) for row in rows]


def went_back(db: Database, receipt: Receipt) -> bool:
    """Whether a person returned its surplus."""
    row = db.execute(
        "SELECT 1 FROM resolutions WHERE receipt_id = ? AND act = 'return'", (receipt.receipt_id,)
    ).fetchone()
    return row is not None


def resolve(
    db: Database,
    index: Database,
    channel: Channel,
    receipt_id: str,
    actor: str,
    act: str,
    loan_id: bytes | None,
    now: int,
) -> Receipt:
    """What a person decided about an open receipt, or about the surplus of a paid one.

    `match` names its loan, `return` says that the money went back, `ignore` that it is none of
    ours. Raises `ReceiptUnknown`, `ReceiptSettled`, `ResolutionInvalid`.
    """
    found = get(db, receipt_id)
    surplus = found.state == "paid" and found.reason == Reason.SURPLUS
    if found.state != "open" and not surplus:
        raise ReceiptSettled(receipt_id)
    state, reason = {"match": "matched", "return": "returned", "ignore": "ignored"}[act], None
    if act == "match":
        loan = None if loan_id is None else get_loan_bare(index, loan_id)
        if surplus or found.amount <= 0 or found.currency != channel.currency or loan is None:
            raise ResolutionInvalid("there is no such loan, or nothing here that could be paid")
        wrong = fits(channel, loan)
        if wrong is not None:
            raise ResolutionInvalid(f"the loan cannot be paid by this channel: {wrong}")
    elif surplus:
        if act != "return":
            raise ResolutionInvalid("a surplus can only go back")
        state = "paid"
    with write(db) as conn:
        changed = conn.execute(
            "UPDATE receipts SET state = ?, reason = ?, loan_id = coalesce(?, loan_id)"
            " WHERE receipt_id = ? AND state = ? AND reason IS ?",
            (state, reason, loan_id, receipt_id, found.state, found.reason),
        )
        if changed.rowcount == 0:  # somebody else decided meanwhile
            raise ReceiptSettled(receipt_id)
        conn.execute(
            "INSERT INTO resolutions (receipt_id, actor, act, loan_id, at) VALUES (?, ?, ?, ?, ?)",
            (receipt_id, actor, act, loan_id, now),
        )
    return get(db, receipt_id)


def begin(db: Database, receipt: Receipt, from_block: int) -> bool:
    """Before anything is sent. False when another one has taken it."""
    with write(db) as conn:
        return (
            conn.execute(
                "UPDATE receipts SET state = 'sending', from_block = ?"
                " WHERE number = ? AND state = 'matched'",
                (from_block, receipt.number),
            ).rowcount
            > 0
        )


def settle(
    db: Database, receipt: Receipt, paid: int, tx_hash: bytes, block: int, *, surplus: bool
) -> None:
    """It is on chain; `paid` base units of the token."""
    with write(db) as conn:
        conn.execute(
            "UPDATE receipts SET state = 'paid', reason = ?, paid = ?, tx_hash = ?, block = ?"
            " WHERE number = ?",
            (
                Reason.SURPLUS if surplus else None,
                pack_amount(paid),
                tx_hash,
                block,
                receipt.number,
            ),
        )


def put_back(db: Database, receipt: Receipt, reason: Reason | None = None) -> None:
    """Nothing of it is on chain: it is to be paid again, or a person has to look."""
    with write(db) as conn:
        conn.execute(
            "UPDATE receipts SET state = ?, reason = ?, paid = NULL, tx_hash = NULL, block = NULL"
            " WHERE number = ?",
            ("open" if reason else "matched", reason, receipt.number),
        )


@dataclass(frozen=True, slots=True)
class _Item:
    """One payment of a statement; `identity` is what it is known again by."""

    identity: str
    row: int | None
    day: int
    amount: int
    currency: str
    text: str
    returned: bool = False


def _items(entries: Iterable[Entry]) -> Iterator[_Item]:
    """Payments, those of collective entries one by one.

    A bank's own reference identifies an entry. Without one it is its day, amount and text, and
    among equal ones of a day the place, for two files that overlap hold all of them.
    """
    seen: Counter[str] = Counter()
    for entry in entries:
        parts = entry.parts or (Part(entry.amount, entry.text),)
        for place, part in enumerate(parts):
            if entry.bank_id:
                identity = f"bank\n{entry.bank_id}\n{place}\n{entry.amount}"
            else:
                plain = f"{entry.day}\n{part.amount}\n{entry.currency}\n{part.text}"
                seen[plain] += 1
                identity = f"entry\n{plain}\n{seen[plain]}"
            yield _Item(
                identity,
                entry.row,
                entry.day,
                part.amount,
                entry.currency,
                part.text,
                entry.returned,
            )


def _add(
    conn: sqlite3.Connection,
    channel: Channel,
    fingerprint: bytes,
    document: str | None,
    item: _Item,
    found: Match,
    now: int,
) -> bool:
    """False when it is known already."""
    receipt_id = new_id("receipt")
    added = conn.execute(
        "INSERT INTO receipts (receipt_id, channel, fingerprint, document, row, day, amount,"
        " currency, reference, loan_id, state, reason, tag, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, randomblob(32), ?)"
        " ON CONFLICT (channel, fingerprint) DO NOTHING",
        (
            receipt_id,
            channel.name,
            fingerprint,
            document,
            item.row,
            item.day,
            item.amount,
            item.currency,
            found.reference,
            found.loan_id,
            "open" if found.reason else "matched",
            found.reason,
            now,
        ),
    )
    return added.rowcount > 0


def _secret(conn: sqlite3.Connection) -> bytes:
    return bytes(conn.execute("SELECT secret FROM secrets").fetchone()[0])


def _receipt(row: tuple[object, ...]) -> Receipt:
    values = list(row)
    values[14] = None if values[14] is None else int(str(values[14]))
    return Receipt(*values)  # type: ignore[arg-type]
