"""Tables of the index.

Hashes and ids are blobs, addresses EIP-55 text, amounts as `db.amounts` packs them, days since
1970-01-01, times Unix seconds. `chains` holds the cursor: everything else is exact at that block.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

schema = Migrations("index")


@schema()
def m001_events(db: Database) -> None:
    """What the chain said: the cursor, blocks, and every log of the book as it was."""
    db.executescript("""
    CREATE TABLE chains (
        chain_id INTEGER PRIMARY KEY,
        genesis_hash BLOB NOT NULL,
        number INTEGER NOT NULL,
        hash BLOB NOT NULL,
        timestamp INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE books (
        id INTEGER PRIMARY KEY,
        chain_id INTEGER NOT NULL REFERENCES chains,
        address TEXT NOT NULL,
        from_block INTEGER NOT NULL,
        UNIQUE (chain_id, address)
    ) STRICT;

    -- Blocks with events, and all of a recent window: what a reorg is recognised by.
    CREATE TABLE blocks (
        chain_id INTEGER NOT NULL REFERENCES chains,
        number INTEGER NOT NULL,
        hash BLOB NOT NULL,
        parent BLOB NOT NULL,
        timestamp INTEGER NOT NULL,
        PRIMARY KEY (chain_id, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE events (
        chain_id INTEGER NOT NULL,
        block_number INTEGER NOT NULL,
        log_index INTEGER NOT NULL,
        book_id INTEGER NOT NULL REFERENCES books,
        loan_id BLOB,
        tx_hash BLOB NOT NULL,
        topics BLOB NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (chain_id, block_number, log_index),
        FOREIGN KEY (chain_id, block_number) REFERENCES blocks
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX events_by_loan ON events (loan_id, chain_id, block_number, log_index);
    CREATE INDEX events_by_transaction ON events (tx_hash);
    """)


@schema()
def m002_loans(db: Database) -> None:
    """What follows from the events: a loan's state and its payments."""
    db.executescript("""
    CREATE TABLE loans (
        loan_id BLOB PRIMARY KEY,
        chain_id INTEGER NOT NULL,
        book_id INTEGER NOT NULL REFERENCES books,
        borrower TEXT NOT NULL,
        lender TEXT NOT NULL,
        token TEXT NOT NULL,
        status TEXT NOT NULL,
        principal TEXT NOT NULL,
        outstanding TEXT NOT NULL,
        next_due_day INTEGER,
        start_day INTEGER NOT NULL,
        maturity_day INTEGER NOT NULL,
        balance TEXT NOT NULL,
        row_paid TEXT NOT NULL,
        row INTEGER NOT NULL,
        accrued_to INTEGER NOT NULL,
        late INTEGER NOT NULL,
        penalty_points TEXT NOT NULL,
        penalty_paid TEXT NOT NULL,
        penalty_day INTEGER NOT NULL,
        paid_penalty TEXT NOT NULL,
        paid_interest TEXT NOT NULL,
        paid_principal TEXT NOT NULL,
        credited TEXT NOT NULL,
        payment_count INTEGER NOT NULL,
        originated_block INTEGER NOT NULL,
        originated_log INTEGER NOT NULL,
        closed_block INTEGER,
        closed_log INTEGER,
        failed_block INTEGER,
        failed_log INTEGER,
        agreement TEXT NOT NULL
    ) STRICT;

    CREATE UNIQUE INDEX loans_by_position ON loans (originated_block, originated_log);
    CREATE INDEX loans_by_borrower ON loans (borrower, originated_block, originated_log);
    CREATE INDEX loans_by_lender ON loans (lender, originated_block, originated_log);
    CREATE INDEX loans_by_token ON loans (token, originated_block, originated_log);
    CREATE INDEX loans_by_status ON loans (status, originated_block, originated_log);
    CREATE INDEX loans_by_due_day ON loans (next_due_day, loan_id) WHERE next_due_day IS NOT NULL;

    CREATE TABLE payments (
        loan_id BLOB NOT NULL REFERENCES loans,
        number INTEGER NOT NULL,
        block_number INTEGER NOT NULL,
        log_index INTEGER NOT NULL,
        payer TEXT NOT NULL,
        day INTEGER NOT NULL,
        penalty TEXT NOT NULL,
        interest TEXT NOT NULL,
        principal TEXT NOT NULL,
        outstanding TEXT NOT NULL,
        collected INTEGER NOT NULL,
        row INTEGER NOT NULL,
        PRIMARY KEY (loan_id, number)
    ) STRICT, WITHOUT ROWID;
    """)


@schema()
def m003_exposures(db: Database) -> None:
    """All that a portfolio's figures need, so that they are read without touching the loans."""
    db.execute(
        "CREATE INDEX loans_exposures ON loans (token, lender, next_due_day, outstanding) "
        "WHERE next_due_day IS NOT NULL"
    )
