"""`tallystick warn`: tables of running loans, triggers for servicing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tallystick.config import Settings, SettingsError
from tallystick.db import DatabaseError
from tallystick.earlywarning.triggers import Language
from tallystick.jobs.job import NotYet
from tallystick.loans.calendar import date_of, day_at
from tallystick.scoring.errors import ScoringError


@click.group()
def warn() -> None:
    """Warn of running loans that may fall behind."""


@warn.command("table")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--ahead", type=click.IntRange(1, 365), default=60, show_default=True)
@click.option("--days", type=click.IntRange(1, 365), default=30, show_default=True)
def table_command(out: Path, ahead: int, days: int) -> None:
    """Write a table for `tallystick score train`: running loans and whether they fell late.

    Late is DAYS past due within AHEAD days. The schema goes to OUT with the ending .yaml.
    """
    from tallystick.earlywarning.table import Horizon, read_loans, training_rows, write_rows
    from tallystick.indexer.repository import cursor, open_index

    with _told():
        with open_index(Settings.from_environment().db) as db:
            at, loans = cursor(db), read_loans(db, running=False)
        last = day_at(at.timestamp) if at else 0
        rows = write_rows(training_rows(loans, last, Horizon(ahead, days)), out)
    click.echo(json.dumps({"rows": rows, "schema": str(out.with_suffix(".yaml"))}))


@warn.command("run")
@click.option(
    "--model",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="[default: TALLYSTICK_WARNING_MODEL]",
)
def run_command(model: Path | None) -> None:
    """Look at every running loan as of the index's head, and note what to do.

    With MODEL, a card trained on a table of `tallystick warn table`, also by its probability.
    `tallystick jobs run` does it daily.
    """
    from tallystick.earlywarning.run import run

    with _told():
        settings = Settings.from_environment()
        day, loans, change = run(settings.db, settings.warnings, model or settings.warning_model)
    counts = {"opened": change.opened, "kept": change.kept, "closed": change.closed}
    click.echo(json.dumps({"day": str(date_of(day)), "running_loans": loans} | counts))


@warn.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--language", type=click.Choice(["en", "zh"]), default="en")
def list_command(limit: int, language: Language) -> None:
    """List open triggers, the most urgent first, one JSON object a line."""
    from tallystick.earlywarning.store import open_records, open_triggers_file

    with _told(), open_triggers_file(Settings.from_environment().warnings) as db:
        for record in open_records(db, limit):
            answer = {
                "loan_id": "0x" + record.loan_id.hex(),
                "code": record.trigger.code,
                "urgency": record.trigger.urgency,
                "action": record.trigger.action.value,
                "text": record.trigger.text(language),
                "since": str(date_of(record.opened_day)),
            }
            click.echo(json.dumps(answer, ensure_ascii=False))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (SettingsError, DatabaseError, ScoringError, NotYet, OSError) as error:
        raise click.ClickException(str(error)) from error
