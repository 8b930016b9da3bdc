"""`tallystick messages`."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from threading import Event

import click

from tallystick.config import Settings, SettingsError


@click.group()
def messages() -> None:
    """Tell people what concerns their loans, and see what was told."""


@messages.command()
@click.option("--once", is_flag=True, help="Go on until there is nothing to do, and exit.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.05),
    default=1.0,
    show_default=True,
    help="Seconds between looks.",
)
@click.option(
    "--metrics-port", type=int, help="Serve Prometheus metrics on 127.0.0.1 at this port."
)
def run(*, once: bool, interval: float, metrics_port: int | None) -> None:
    """Watch loans, and deliver messages.

    Reads the index, so `tallystick serve` or `tallystick index` must keep it up to date. Several
    may run at once.
    """
    from tallystick.chain.errors import ChainError
    from tallystick.db import DatabaseError
    from tallystick.identity.vault import VaultError
    from tallystick.logs import configure
    from tallystick.messages.assembly import assemble
    from tallystick.messages.errors import MessageError

    try:
        settings = Settings.from_environment()
        configure(settings.log_format, settings.log_level)
        service = assemble(settings, interval)
    except (SettingsError, ChainError, DatabaseError, VaultError, MessageError) as error:
        raise click.ClickException(str(error)) from error
    if once:
        while service.run_once():
            pass
        service.close()
        return
    if metrics_port is not None:
        from prometheus_client import start_http_server

        from tallystick.messages.metrics import REGISTRY

        start_http_server(metrics_port, addr="127.0.0.1", registry=REGISTRY)
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    service.follow(stop)
    service.close()


@messages.command(name="list")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many."
)
def list_(*, limit: int) -> None:
    """Print the newest messages, and how far each delivery came."""
    from tallystick.messages.outbox import messages_file, newest

    settings = _settings()
    if not settings.messages.exists():
        raise click.ClickException(f"There are no messages at {settings.messages}.")
    with messages_file(settings.messages).open() as db:
        for message, deliveries in newest(db, limit):
            at = datetime.fromtimestamp(message.created_at, UTC).strftime("%Y-%m-%d %H:%M")
            ways = ", ".join(
                f"{channel} {state}{f' ({reason})' if reason else ''}"
                for channel, state, reason in deliveries
            )
            to = f"{message.recipient[:14]}…"
            state = ways or {"new": "waits", "routed": "inbox only"}.get(
                message.state, message.state
            )
            click.echo(f"{at}  {message.message_id}  {message.kind:<17} {to}  {state}")


@messages.command()
@click.argument("message_id")
@click.option(
    "--language", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Which."
)
def show(*, message_id: str, language: str) -> None:
    """Print a message as its reader gets it."""
    from typing import cast

    from tallystick.messages.kinds import kind_named
    from tallystick.messages.outbox import by_id, messages_file
    from tallystick.messages.render import render
    from tallystick.statements.words import Language

    settings = _settings()
    with messages_file(settings.messages).open() as db:
        message = by_id(db, message_id)
    if message is None:
        raise click.ClickException(f"There is no message {message_id}.")
    kind = kind_named(message.kind, message.version)
    made = render(kind, message.facts, cast("Language", language), settings.origin)
    click.echo(f"{made.subject}\n\n{made.text}", nl=False)


@messages.command()
def kinds() -> None:
    """Print what is told, and what of it can be stopped."""
    from tallystick.messages.kinds import every_kind

    for kind in every_kind():
        click.echo(f"{kind.name:<20} {kind.version:>3}  {kind.group:<9} {', '.join(kind.facts)}")


def _settings() -> Settings:
    try:
        return Settings.from_environment()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
