"""`tallystick keeper`."""

from __future__ import annotations

import signal
from threading import Event

import click

from tallystick.config import Settings, SettingsError


@click.command()
@click.option("--once", is_flag=True, help="Do one round and exit.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.05),
    default=5.0,
    show_default=True,
    help="Seconds between rounds.",
)
@click.option(
    "--batch",
    type=click.IntRange(1, 200),
    default=50,
    show_default=True,
    help="Most loans in one transaction.",
)
@click.option(
    "--metrics-port", type=int, help="Serve Prometheus metrics on 127.0.0.1 at this port."
)
def keeper(*, once: bool, interval: float, batch: int, metrics_port: int | None) -> None:
    """Settle the installments that are due.

    Reads the index, so `tallystick serve` or `tallystick index` must keep it up to date.
    TALLYSTICK_KEEPER_KEY holds the private key that pays for gas; it needs no other right, and
    several keepers may run at once.
    """
    from tallystick.chain.errors import ChainError
    from tallystick.db import DatabaseError
    from tallystick.logs import configure
    from tallystick.settlement.assembly import assemble

    try:
        settings = Settings.from_environment()
        configure(settings.log_format, settings.log_level)
        service = assemble(settings, interval, batch)
        if once:
            done = service.run_once()
            click.echo(
                "Another keeper is at work."
                if done is None
                else f"{done.collected} collected, {done.failed} failed, "
                f"{done.transactions} transactions, {done.gas_used} gas."
            )
            return
    except (SettingsError, ChainError, DatabaseError) as error:
        raise click.ClickException(str(error)) from error
    if metrics_port is not None:
        from prometheus_client import start_http_server

        from tallystick.settlement.metrics import REGISTRY

        start_http_server(metrics_port, addr="127.0.0.1", registry=REGISTRY)
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    service.follow(stop)
