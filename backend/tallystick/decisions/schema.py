"""Tables of decisions, beside those of the offers that follow from them. Times are Unix seconds."""

from __future__ import annotations

from tallystick.db import Database, Migrations

schema = Migrations("decisions")


@schema()
def m001_decisions(db: Database) -> None:
    """Documents are named by their SHA-256 and never change. A decision names nobody: `subject` is
    random, and what it was decided on is sealed in the vault; `inputs` and `output` are salted
    hashes of that. `amount` (hundredths) and `valid_until` are those of the offer."""
    db.executescript("""
    CREATE TABLE lending_documents (
        hash TEXT PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('catalogue', 'policy', 'card', 'release')),
        body BLOB NOT NULL,
        added_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE lending_activations (
        number INTEGER PRIMARY KEY,
        release TEXT NOT NULL REFERENCES lending_documents,
        maker TEXT NOT NULL,
        made_at INTEGER NOT NULL,
        made_by BLOB NOT NULL,
        checker TEXT CHECK (checker <> maker),
        checked_at INTEGER,
        checked_by BLOB
    ) STRICT;

    CREATE TABLE decisions (
        number INTEGER PRIMARY KEY,
        decision_id TEXT NOT NULL UNIQUE,
        subject TEXT NOT NULL,
        external_id TEXT,
        decided_at INTEGER NOT NULL,
        release TEXT NOT NULL REFERENCES lending_documents,
        arm TEXT NOT NULL CHECK (arm IN ('champion', 'challenger')),
        product TEXT NOT NULL,
        segment TEXT NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('approve', 'refer', 'decline')),
        grade TEXT,
        reasons TEXT NOT NULL,
        inputs BLOB NOT NULL,
        output BLOB NOT NULL,
        offer_id TEXT REFERENCES offers,
        amount INTEGER,
        valid_until INTEGER,
        UNIQUE (subject, external_id)
    ) STRICT;

    CREATE INDEX decisions_by_subject ON decisions (subject, number);
    CREATE INDEX decisions_by_time ON decisions (decided_at, number);
    CREATE UNIQUE INDEX decisions_by_offer ON decisions (offer_id) WHERE offer_id IS NOT NULL;
    """)


@schema()
def m002_reviews(db: Database) -> None:
    """What a person has to decide. A referral is opened with its decision, an objection later."""
    db.executescript("""
    CREATE TABLE decision_reviews (
        review_id TEXT PRIMARY KEY,
        decision_id TEXT NOT NULL REFERENCES decisions (decision_id),
        cause TEXT NOT NULL CHECK (cause IN ('referral', 'objection')),
        opened_at INTEGER NOT NULL,
        reviewer TEXT,
        proposed_at INTEGER,
        waived TEXT,
        approval_id TEXT,
        outcome TEXT CHECK (outcome IN ('approve', 'decline')),
        reason TEXT,
        closed_at INTEGER
    ) STRICT;

    CREATE UNIQUE INDEX open_reviews ON decision_reviews (decision_id) WHERE closed_at IS NULL;
    CREATE INDEX reviews_by_time ON decision_reviews (opened_at, review_id);

    -- Standings as they changed: what a borrower is told when its limit moves.
    CREATE TABLE lending_standings (
        number INTEGER PRIMARY KEY,
        subject TEXT NOT NULL,
        release TEXT NOT NULL REFERENCES lending_documents,
        at INTEGER NOT NULL,
        grade_shift INTEGER NOT NULL,
        limit_pct INTEGER NOT NULL,
        reason TEXT NOT NULL
    ) STRICT;

    CREATE INDEX standings_by_subject ON lending_standings (subject, number);
    """)


@schema()
def m003_standing_texts(db: Database) -> None:
    """What a borrower was told when its standing moved; no row had been written before."""
    for column in ("en", "zh"):
        db.execute(f"ALTER TABLE lending_standings ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")


@schema()
def m004_metrics(db: Database) -> None:
    """What was measured of a scorecard, as its signed folder told when it was kept."""
    db.executescript("""
    CREATE TABLE lending_metrics (
        card TEXT PRIMARY KEY REFERENCES lending_documents,
        body BLOB NOT NULL
    ) STRICT;
    """)
