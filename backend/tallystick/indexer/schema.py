"""Tables of the index.

Hashes and ids are blobs, addresses EIP-55 text, amounts as `db.amounts` packs them, days since
1970-01-01, times Unix seconds. `chains` holds the cursor: everything else is exact at that block.

An event's `id` is its place, `chain << 52 | block << 20 | log index`, where `chain` is the small
key that the index gives each chain; a block's `id` is that of its events without the log, and a
loan's `id` is that of the event that originated it. So the rows of a chain are one range of ids, in
the order of the chain, and an index on any other column is ordered by it for nothing.
"""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("index")

_LOG_BITS = 20
_BLOCK_BITS = 32
MOST_LOGS = 1 << _LOG_BITS
"""Logs of a block that ids can tell apart."""
MOST_CHAINS = 1 << (63 - _BLOCK_BITS - _LOG_BITS)
"""Chains that ids can tell apart."""


def block_id(number: int, chain: int = 0) -> int:
    """The id of a block of the chain with key `chain`."""
    if not 0 <= number < 1 << _BLOCK_BITS:
        raise OverflowError(f"block {number}: no chain is so long")
    return chain << _BLOCK_BITS | number


def event_id(block: int, log_index: int, chain: int = 0) -> int:
    """The id of an event; ``event_id(block, 0)`` bounds the ids of a block."""
    if not 0 <= log_index < MOST_LOGS:
        raise OverflowError(f"log {log_index} of block {block}: no block has so many")
    return (chain << _BLOCK_BITS | block) << _LOG_BITS | log_index


def chain_of(id_: int) -> int:
    """The key of the chain on which an event stands."""
    return id_ >> (_BLOCK_BITS + _LOG_BITS)


@schema()
def m004_positions(db: Database) -> None:
    """What the chain said, and what follows from it; earlier drafts are made again."""
    for draft in ("payments", "loans", "events", "blocks", "books", "chains"):
        db.execute(f"DROP TABLE IF EXISTS {draft}")
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
        number INTEGER PRIMARY KEY,
        hash BLOB NOT NULL,
        parent BLOB NOT NULL,
        timestamp INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        book_id INTEGER NOT NULL,
        loan INTEGER,
        tx_hash BLOB NOT NULL,
        topics BLOB NOT NULL,
        data BLOB NOT NULL,
        block_number INTEGER GENERATED ALWAYS AS (id >> 20) VIRTUAL,
        log_index INTEGER GENERATED ALWAYS AS (id & 1048575) VIRTUAL
    ) STRICT;

    CREATE INDEX events_by_loan ON events (loan) WHERE loan IS NOT NULL;
    CREATE INDEX events_by_transaction ON events (tx_hash);

    -- `closed` and `failed` are ids of events.
    CREATE TABLE loans (
        id INTEGER PRIMARY KEY,
        loan_id BLOB NOT NULL UNIQUE,
        book_id INTEGER NOT NULL,
        borrower TEXT NOT NULL,
        lender TEXT NOT NULL,
        token TEXT NOT NULL,
        principal TEXT NOT NULL,
        start_day INTEGER NOT NULL,
        maturity_day INTEGER NOT NULL,
        status TEXT NOT NULL,
        outstanding TEXT NOT NULL,
        next_due_day INTEGER,
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
        closed INTEGER,
        failed INTEGER
    ) STRICT;

    CREATE INDEX loans_by_borrower ON loans (borrower);
    CREATE INDEX loans_by_lender ON loans (lender);
    CREATE INDEX loans_by_token ON loans (token);
    CREATE INDEX loans_by_status ON loans (status);
    CREATE INDEX loans_by_due_day ON loans (next_due_day) WHERE next_due_day IS NOT NULL;
    -- All that a portfolio's figures need, so that they are read without touching the loans.
    CREATE INDEX loans_exposures ON loans (token, lender, next_due_day, outstanding)
        WHERE next_due_day IS NOT NULL;
    """)


@schema()
def m005_finality(db: Database) -> None:
    """How far the index is proven complete, and what the chain calls safe and finalized."""
    for column in ("proven INTEGER", "proven_hash BLOB", "safe INTEGER", "finalized INTEGER"):
        db.execute(f"ALTER TABLE chains ADD COLUMN {column}")


@schema()
def m006_orphans(db: Database) -> None:
    """Blocks that reorgs took back, each with the newest block that stayed, for who saw them."""
    db.execute("""
    CREATE TABLE orphans (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL,
        number INTEGER NOT NULL,
        ancestor INTEGER NOT NULL,
        ancestor_hash BLOB NOT NULL
    ) STRICT
    """)
    db.execute("CREATE INDEX orphans_by_hash ON orphans (hash)")


@schema()
def m007_pairs(db: Database) -> None:
    """Lists under two conditions, in the order of ids, without looking at what does not match."""
    for first, second in (
        ("borrower", "status"),
        ("lender", "status"),
        ("token", "status"),
        ("borrower", "lender"),
        ("borrower", "token"),
        ("lender", "token"),
    ):
        db.execute(f"CREATE INDEX loans_by_{first}_and_{second} ON loans ({first}, {second})")


@schema()
def m008_fold(db: Database) -> None:
    """Which release's fold made the loans."""
    db.execute("ALTER TABLE chains ADD COLUMN fold INTEGER NOT NULL DEFAULT 1")


@schema()
def m009_lives(db: Database) -> None:
    """Loans with their whole life. No event of an earlier book fits, so the index begins anew."""
    db.execute("DROP TABLE loans")
    for table in ("orphans", "events", "blocks", "books", "chains"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - our names
    db.executescript("""
    -- Custom rows of the terms that an event names: runtime code, found by its keccak-256.
    CREATE TABLE custom_rows (
        hash BLOB PRIMARY KEY,
        code BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE event_rows (
        event INTEGER PRIMARY KEY,
        hash BLOB NOT NULL
    ) STRICT;
    """)
    for statement in loans_ddl("loans"):
        db.execute(statement)


@schema()
def m010_chains(db: Database) -> None:
    """Several chains, and books that are added while the others are followed.

    A book with `number` and `hash` still catches up and is exact at that block, one without at its
    chain's.
    """
    for statement in (
        "ALTER TABLE chains ADD COLUMN key INTEGER NOT NULL DEFAULT 0",
        "CREATE UNIQUE INDEX chains_by_key ON chains (key)",
        "ALTER TABLE books ADD COLUMN number INTEGER",
        "ALTER TABLE books ADD COLUMN hash BLOB",
        "ALTER TABLE blocks RENAME COLUMN number TO id",
        "ALTER TABLE blocks ADD COLUMN number INTEGER AS (id & 4294967295) VIRTUAL",
        "ALTER TABLE events DROP COLUMN block_number",
        "ALTER TABLE events ADD COLUMN block_number INTEGER AS (id >> 20 & 4294967295) VIRTUAL",
        "ALTER TABLE orphans ADD COLUMN chain INTEGER NOT NULL DEFAULT 0",
    ):
        db.execute(statement)
    db.execute(
        "UPDATE chains SET (proven, proven_hash) = "
        "(SELECT id, hash FROM blocks ORDER BY id LIMIT 1) WHERE proven IS NULL"
    )


@schema()
def m011_refolds(db: Database) -> None:
    """Of what loans are being made that this release folds otherwise, while they are made."""
    db.execute("CREATE TABLE refolds (fold INTEGER PRIMARY KEY, base BLOB NOT NULL) STRICT")


@schema()
def m012_transactions(db: Database) -> None:
    """Hashes of transactions once for all their events: `id` is that of the first event that a book
    has in the transaction, and the events up to the next id belong to it."""
    db.executescript("""
    CREATE TABLE transactions (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL
    ) STRICT;

    INSERT INTO transactions SELECT id, tx_hash FROM (
        SELECT id, tx_hash, lag(tx_hash) OVER (ORDER BY id) AS before FROM events
    ) WHERE before IS NOT tx_hash;

    CREATE INDEX transactions_by_hash ON transactions (hash);
    DROP INDEX events_by_transaction;
    ALTER TABLE events DROP COLUMN tx_hash;
    """)
    # A borrower has few loans, of which those that match another condition are found soon enough.
    pairs = (
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND name GLOB '*_by_borrower_and_*'"
    )
    for (name,) in db.execute(pairs).fetchall():
        db.execute(f"DROP INDEX {name}")


FOLD = 2
"""To be raised whenever the same events make other loans, or `LOANS` changes: the writer then makes
them again from the events that are stored, beside the old ones; see `refold`."""
READABLE = (1, 2)
"""Folds whose loans this release can show until its own are made: those with the same columns."""
LOANS = """
-- `terms`, `closed` and `failed` are ids of events; `terms` of the one that put the terms in
-- force in place of the first. `guarantees` is JSON, drawn and recourse by guarantor; from
-- `guarantee_day` on the guarantor can be drawn on.
CREATE TABLE {loans} (
    id INTEGER PRIMARY KEY,
    loan_id BLOB NOT NULL UNIQUE,
    book_id INTEGER NOT NULL,
    borrower TEXT NOT NULL,
    lender TEXT NOT NULL,
    token TEXT NOT NULL,
    principal TEXT NOT NULL,
    start_day INTEGER NOT NULL,
    maturity_day INTEGER NOT NULL,
    status TEXT NOT NULL,
    outstanding TEXT NOT NULL,
    next_due_day INTEGER,
    balance TEXT NOT NULL,
    row_paid TEXT NOT NULL,
    row INTEGER NOT NULL,
    accrued_to INTEGER NOT NULL,
    late INTEGER NOT NULL,
    accelerated INTEGER NOT NULL,
    manual INTEGER NOT NULL,
    assigned INTEGER NOT NULL,
    watch_left INTEGER NOT NULL,
    watch_rows INTEGER NOT NULL,
    penalty_points TEXT NOT NULL,
    penalty_paid TEXT NOT NULL,
    penalty_day INTEGER NOT NULL,
    deferred TEXT NOT NULL,
    installment TEXT NOT NULL,
    holder TEXT NOT NULL,
    terms INTEGER,
    guarantees TEXT,
    guarantee_day INTEGER,
    escrow_token TEXT NOT NULL,
    escrow_amount TEXT NOT NULL,
    paid_penalty TEXT NOT NULL,
    paid_interest TEXT NOT NULL,
    paid_fee TEXT NOT NULL,
    paid_principal TEXT NOT NULL,
    credited TEXT NOT NULL,
    payment_count INTEGER NOT NULL,
    closed INTEGER,
    failed INTEGER
) STRICT;

-- Of two that fit SQLite takes the later one: a borrower has fewer loans than a lender.
CREATE INDEX {loans}_by_book ON {loans} (book_id);
CREATE INDEX {loans}_by_book_and_status ON {loans} (book_id, status);
CREATE INDEX {loans}_by_lender ON {loans} (lender);
CREATE INDEX {loans}_by_holder ON {loans} (holder);
CREATE INDEX {loans}_by_borrower ON {loans} (borrower);
CREATE INDEX {loans}_by_token ON {loans} (token);
CREATE INDEX {loans}_by_status ON {loans} (status);
CREATE INDEX {loans}_by_due_day ON {loans} (next_due_day) WHERE next_due_day IS NOT NULL;
-- All that a portfolio's figures need, so that they are read without touching the loans.
CREATE INDEX {loans}_exposures ON {loans} (token, holder, next_due_day, outstanding, book_id)
    WHERE next_due_day IS NOT NULL;
CREATE INDEX {loans}_guaranteed ON {loans} (guarantee_day) WHERE guarantee_day IS NOT NULL;
CREATE INDEX {loans}_by_holder_and_status ON {loans} (holder, status);
CREATE INDEX {loans}_by_token_and_status ON {loans} (token, status);
CREATE INDEX {loans}_by_holder_and_token ON {loans} (holder, token);
"""
"""The table of loans and its indexes, as this release has them."""


def loans_ddl(table: str) -> list[str]:
    """The statements that make them under this name."""
    return LOANS.format(loans=table).split(";\n")
