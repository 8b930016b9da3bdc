"""`tallystick channels`."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from tallystick.config import Settings, SettingsError

if TYPE_CHECKING:
    from tallystick.channels.catalogue import Channel
    from tallystick.db import Database


@click.group()
def channels() -> None:
    """Take repayments in by banks, counters, employers and merchants."""


@channels.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--channel", required=True, help="Which channel the statement is of.")
@click.option("--layout", help="Description of a CSV file's columns, as JSON.")
def take(*, file: Path, channel: str, layout: str | None) -> None:
    """Take a statement in: CAMT.053, CSV or OFX.

    What is known already changes nothing, so a file may come twice, and files may overlap.
    """
    from tallystick.channels.catalogue import channel_named
    from tallystick.channels.receipts import take as take_in
    from tallystick.intake.csvfile import Layout
    from tallystick.intake.read import read_statement

    with _errors():
        settings, found = _channels()
        wanted = channel_named(found, channel)
        shape = Layout.from_json(json.loads(layout)) if layout else None
        statement = read_statement(file, shape)
        with _files(settings) as (db, index):
            taken = take_in(db, index, wanted, statement, int(time.time()))
    click.echo(
        f"{taken.matched} matched, {taken.open} to be decided on, {taken.known} known already, "
        f"{taken.outgoing} outgoing."
    )


@channels.command()
@click.option("--once", is_flag=True, help="One round, and exit.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.05),
    default=5.0,
    show_default=True,
    help="Seconds between rounds.",
)
def pay(*, once: bool, interval: float) -> None:
    """Pay what is matched on chain, on the borrowers' behalf.

    TALLYSTICK_COLLECTOR_KEY holds the private key of the account that holds the tokens and lets the
    book take them.
    """
    from tallystick.chain.errors import RpcError, SendError
    from tallystick.channels.assembly import payer
    from tallystick.db.lock import try_lock
    from tallystick.logs import configure

    with _errors():
        settings, found = _channels()
        configure(settings.log_format, settings.log_level)
        stop = Event()
        if not once:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stop.set())
        lock = settings.receipts.with_name(settings.receipts.name + ".payer.lock")
        with _files(settings) as (db, index), try_lock(lock) as mine:
            if not mine:
                raise click.ClickException("Another payer is at work.")
            work = payer(settings, db, index, found)
            while not stop.is_set():
                try:
                    done = work.run_once()
                except (RpcError, SendError) as error:
                    if once:
                        raise
                    click.echo(f"round cut short: {error}", err=True)
                else:
                    if once:
                        click.echo(
                            f"{done.paid} paid, {done.opened} to be decided on, "
                            f"{done.waiting} waiting."
                        )
                        return
                stop.wait(interval)


@channels.command(name="list")
@click.option("--state", help="Only these: open, matched, sending, paid, returned, ignored.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def list_(*, state: str | None, limit: int) -> None:
    """Print receipts, oldest first."""
    from tallystick.channels.receipts import page
    from tallystick.intake.values import decimals_of
    from tallystick.loans.calendar import date_of
    from tallystick.loans.offline.result import decimal

    with _errors():
        settings, _ = _channels()
        with _files(settings) as (db, _index):
            for one in page(db, limit, state=state):
                amount = decimal(one.amount, decimals_of(one.currency))
                loan = "-" if one.loan_id is None else f"0x{one.loan_id.hex()[:8]}…"
                click.echo(
                    f"{date_of(one.day)}  {one.receipt_id}  {one.channel:<10} "
                    f"{amount:>14} {one.currency}  {loan:<11} {one.state} {one.reason or ''}"
                )


@channels.command()
@click.argument("loan_id")
def reference(*, loan_id: str) -> None:
    """Print the reference (ISO 11649) that payers of a loan write."""
    from tallystick.channels.reference import reference_of, spaced

    try:
        raw = bytes.fromhex(loan_id.removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise click.ClickException("A loan's id is 0x and 64 hexadecimal digits.")
    click.echo(spaced(reference_of(raw)))


@channels.command()
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table")
def report(*, first: datetime | None, last: datetime | None, form: str) -> None:
    """Compare what came in with the chain, per day and channel.

    Exits 0 if all of it is on chain or went back, 1 if something waits, 2 if the books differ.
    """
    from tallystick.channels import reconcile
    from tallystick.loans.calendar import day_of

    with _errors():
        settings, found = _channels()
        begin = 0 if first is None else day_of(first.date())
        end = 2**31 if last is None else day_of(last.date())
        with _files(settings) as (db, index):
            made = reconcile.reconcile(db, index, found, begin, end)
    if form == "json":
        click.echo(json.dumps(reconcile.as_json(made), indent=1))
    else:
        click.echo((reconcile.as_csv if form == "csv" else reconcile.as_table)(made), nl=False)
    sys.exit(int(made.verdict))


@contextmanager
def _files(settings: Settings) -> Iterator[tuple[Database, Database]]:
    from tallystick.channels.receipts import receipts_file
    from tallystick.indexer.repository import open_index

    with open_index(settings.db) as index, receipts_file(settings.receipts).open() as db:
        yield db, index


def _channels() -> tuple[Settings, Mapping[str, Channel]]:
    from tallystick.channels.catalogue import load_channels

    settings = Settings.from_environment()
    return settings, load_channels(settings.channels)


@contextmanager
def _errors() -> Iterator[None]:
    from tallystick.chain.errors import ChainError
    from tallystick.channels.errors import ChannelError
    from tallystick.db import DatabaseError
    from tallystick.intake.errors import IntakeError

    try:
        yield
    except (SettingsError, ChainError, ChannelError, DatabaseError, IntakeError) as error:
        raise click.ClickException(str(error)) from error
    except json.JSONDecodeError as error:
        raise click.ClickException(f"--layout is no JSON: {error}") from error
