"""Tables of what accounts have in loans. All of it follows from the index, whose file it is in."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("claims")


@schema()
def m001_claims(db: Database) -> None:
    """`loan` is the id of the loan's row in the index, `last` that of its last event, `chain` the
    key of a chain; `flows` is JSON of `loans.returns.Flows`."""
    db.executescript("""
    -- Up to which block an account's claims are counted; `filled` is the last loan counted of those
    -- that it had at the beginning, NULL once all are.
    CREATE TABLE claim_books (
        account TEXT NOT NULL,
        chain INTEGER NOT NULL,
        books TEXT NOT NULL,
        number INTEGER NOT NULL,
        hash BLOB NOT NULL,
        filled INTEGER,
        PRIMARY KEY (account, chain)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE claim_flows (
        account TEXT NOT NULL,
        loan INTEGER NOT NULL,
        last INTEGER NOT NULL,
        token TEXT NOT NULL,
        flows TEXT NOT NULL,
        PRIMARY KEY (account, loan)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX claim_flows_by_last ON claim_flows (account, last);

    CREATE TABLE claim_totals (
        account TEXT NOT NULL,
        chain INTEGER NOT NULL,
        token TEXT NOT NULL,
        claims INTEGER NOT NULL,
        flows TEXT NOT NULL,
        PRIMARY KEY (account, chain, token)
    ) STRICT, WITHOUT ROWID;
    """)


@schema()
def m002_standing(db: Database) -> None:
    """Flows tell where claims stand; those that do not are made again."""
    for table in ("claim_books", "claim_flows", "claim_totals"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - our names
