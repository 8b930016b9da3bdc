"""One look at every running loan, and its triggers on record."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tallystick.config import Settings
from tallystick.earlywarning.store import Change, Look, keep_look, note, open_triggers_file
from tallystick.earlywarning.table import looks, read_loans
from tallystick.earlywarning.triggers import triggers
from tallystick.indexer.repository import cursor, open_index
from tallystick.jobs.job import NotYet, Turn
from tallystick.loans.calendar import date_of, day_at


def run(index: Path, records: Path, model: Path | None = None) -> tuple[int, int, Change]:
    """Notes what fires as of the index's head; returns its day, how many loans run, the change.

    Raises DatabaseMissing, SchemaOutdated, ModelInvalid, DataInvalid, and NotYet without a block.
    """
    scorer, card_hash = None, None
    if model is not None:
        from tallystick.scoring.scorer import Scorer
        from tallystick.scoring.store import load_model

        loaded = load_model(model)
        scorer, card_hash = Scorer(loaded.card), loaded.hash
    with open_index(index) as db:
        at = cursor(db)
        if at is None:
            raise NotYet("the index has no block yet")
        day, loans = day_at(at.timestamp), read_loans(db, running=True)
    fired, scores = {}, {}
    missing: Counter[str] = Counter()
    for loan_id, seen in looks(loans, day):
        pd, columns = None, seen.columns()
        missing.update(name for name, value in columns.items() if value is None)
        if scorer is not None:
            pd = scorer.score({n: "" if v is None else v for n, v in columns.items()}).pd
            scores[loan_id] = round(pd * 1_000_000)
        fired[loan_id] = triggers(seen, pd)
    look = Look(day, card_hash, len(loans), len(fired), dict(missing), len(scores))
    with open_triggers_file(records) as db:
        change = note(db, fired, day, card_hash)
        keep_look(db, look, scores, change)
    return day, len(fired), change


def daily(settings: Settings, _: Turn) -> str:
    """The job, with the card of the settings if there is one."""
    day, loans, change = run(settings.db, settings.warnings, settings.warning_model)
    return (
        f"{loans} running loans on {date_of(day)}:"
        f" {change.opened} opened, {change.kept} kept, {change.closed} closed"
    )
