"""`tallystick close`: close the business dates that have ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click

from tallystick.chain.errors import ChainError
from tallystick.config import Settings, SettingsError
from tallystick.db import DatabaseError
from tallystick.servicing.errors import ServicingError


@click.command()
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    help="First date of books that were never closed [the last one that has ended].",
)
def close(first: datetime | None) -> None:
    """Close every business date that has ended, of every book, each once.

    To be run daily, or as often as one likes: what is closed stays, what was interrupted is
    finished, days that were missed are made up for one by one, and what the chain changed
    afterwards is corrected. One JSON object for each close.
    """
    from tallystick.loans.calendar import date_of, day_of
    from tallystick.servicing.close.daily import Corrected
    from tallystick.servicing.daily import close_all

    with told():
        begin = None if first is None else day_of(first.date())
        for chain_id, book, done in close_all(Settings.from_environment(), begin):
            if isinstance(done, Corrected):
                what: dict[str, object] = {"corrected": done.lines}
            else:
                what = {"date": str(date_of(done.day)), "loans": done.loans, "lines": done.lines}
            click.echo(json.dumps({"chain_id": chain_id, "book": book} | what))


@contextmanager
def told() -> Iterator[None]:
    """Turns what goes wrong into a sentence."""
    try:
        yield
    except (SettingsError, DatabaseError, ServicingError, ChainError, OSError) as error:
        raise click.ClickException(str(error)) from error
