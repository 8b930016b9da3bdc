"""`tallystick simulate`."""

from __future__ import annotations

import signal
import sys
import time
from datetime import date
from pathlib import Path

import click

_BEGIN = date(2026, 1, 1)
_EPOCH = date(1970, 1, 1).toordinal()


@click.command()
@click.option("--borrowers", type=click.IntRange(1, 100_000), default=100, show_default=True)
@click.option("--months", type=click.IntRange(1, 120), default=12, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed lives alike.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/simulation"),
    show_default=True,
    help="New folder for databases, logs and report.",
)
@click.option("--port", type=int, default=8010, show_default=True, help="Of the service.")
@click.option("--chain-port", type=int, default=8555, show_default=True, help="Of the node.")
@click.pass_context
def simulate(
    context: click.Context,
    borrowers: int,
    months: int,
    seed: int,
    out: Path,
    port: int,
    chain_port: int,
) -> None:
    """Live a portfolio on the real stack, then audit all of it.

    A development chain, the service with its indexer and the keeper run below OUT. Borrowers who
    forget, lose their income or never meant to pay, lenders who sell claims, outages and reorgs.
    Ends with a report and an audit; exit code 1 when anything differs.
    """
    from tallystick.chain.errors import ChainError
    from tallystick.config import SettingsError
    from tallystick.simulate.run import OutOfPlace, run
    from tallystick.stack.errors import StackError

    # so that whoever ends this process ends what it started, too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    began = time.monotonic()
    begin = _BEGIN.toordinal() - _EPOCH
    try:
        equal = run(borrowers, months, seed, out, (port, chain_port), begin)
    except (ChainError, OutOfPlace, SettingsError, StackError, TimeoutError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{borrowers} borrowers, {months} months: {time.monotonic() - began:.0f} s")
    context.exit(0 if equal else 1)
