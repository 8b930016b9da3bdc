"""Tables of offers. Times are Unix seconds, `agreement` is its JSON form."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("offers")


@schema()
def m002_offers(db: Database) -> None:
    """Offers, with at most one signature of each party. Earlier ones are terms of a book that no
    longer is: their agreements lack most members, and nobody can originate them."""
    db.executescript("""
    DROP TABLE IF EXISTS offer_signatures;
    DROP TABLE IF EXISTS offers;

    CREATE TABLE offers (
        offer_id TEXT PRIMARY KEY,
        external_id TEXT,
        chain_id INTEGER NOT NULL,
        book TEXT NOT NULL,
        loan_id BLOB NOT NULL UNIQUE,
        agreement TEXT NOT NULL,
        salt BLOB NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE offer_signatures (
        offer_id TEXT NOT NULL REFERENCES offers,
        role TEXT NOT NULL CHECK (role IN ('borrower', 'lender', 'guarantor')),
        signature BLOB NOT NULL,
        signed_at INTEGER NOT NULL,
        PRIMARY KEY (offer_id, role)
    ) STRICT, WITHOUT ROWID;
    """)


@schema()
def m003_lenders(db: Database) -> None:
    """A lender's offers, the newest first, without reading those of others."""
    db.execute(
        "CREATE INDEX offers_by_lender ON offers (json_extract(agreement, '$.lender'), created_at)"
    )
