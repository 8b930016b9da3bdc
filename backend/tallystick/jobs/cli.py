"""`tallystick jobs`: what recurs, and the process that runs it."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from threading import Event

import click

from tallystick.chain.clock import Clock, pending_time
from tallystick.chain.deployment import load_deployment
from tallystick.chain.endpoints import Endpoints
from tallystick.chain.errors import ChainError
from tallystick.config import Settings, SettingsError
from tallystick.db import DatabaseError, migrate, open_database
from tallystick.jobs import store
from tallystick.jobs.registry import JOBS
from tallystick.jobs.scheduler import Scheduler
from tallystick.logs import configure


@click.group()
def jobs() -> None:
    """Run what recurs, and tell what ran."""


@jobs.command("run")
@click.option("--once", is_flag=True, help="Run what is due and exit.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.05),
    default=30.0,
    show_default=True,
    help="Seconds between looks.",
)
@click.option("--job", "only", multiple=True, help="Only this one; may be given several times.")
def run_command(*, once: bool, interval: float, only: tuple[str, ...]) -> None:
    """Run every job once its period is over, and what passed while this was not running.

    Days are those of the chain's clock, in UTC. Of several processes on one database one works.
    """
    chosen = [job for job in JOBS if not only or job.name in only]
    unknown = sorted(set(only) - {job.name for job in chosen})
    if unknown:
        raise click.UsageError(f"there is no job {', '.join(unknown)}")
    with _told():
        settings = Settings.from_environment()
        configure(settings.log_format, settings.log_level)
        scheduler = Scheduler(settings, chosen, _clock(settings))
    if once:
        with _told():
            for name, told in scheduler.round().items():
                click.echo(f"{name}: {told}")
        return
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    scheduler.follow(stop, interval)


@jobs.command("list")
def list_command() -> None:
    """Print every job with its newest turn, one JSON object a line.

    A job whose turn is not done, or whose newest turn is old, wants to be looked at.
    """
    with _told(), open_database(Settings.from_environment().db) as db:
        migrate(db, store.schema)
        for job in JOBS:
            kept = store.newest(db, job.name)
            shown = kept and {
                "turn": _time(kept.began),
                "at": _time(kept.at),
                "done": kept.done,
                "told": kept.told,
            }
            click.echo(json.dumps({"job": job.name, "every": job.every, "newest": shown}))


def _clock(settings: Settings) -> Callable[[], int]:
    chain_id = load_deployment(settings.deployment).chain_id
    rpc = Endpoints(settings.rpc_urls, timeout=5.0, retries=1)
    return partial(Clock(chain_id, partial(pending_time, rpc)).now, 0)


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (SettingsError, ChainError, DatabaseError) as error:
        raise click.ClickException(str(error)) from error
