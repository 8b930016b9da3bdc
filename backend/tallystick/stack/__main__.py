"""`python -m tallystick.stack`, which `make run` calls."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType

import click
from rich.console import Console

from tallystick.stack.errors import StackError
from tallystick.stack.layout import Layout


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), envvar="PORT", default=8000, help="Of the service."
)
@click.option(
    "--chain-port",
    type=click.IntRange(1, 65535),
    envvar="CHAIN_PORT",
    default=8545,
    help="Of the chain.",
)
@click.option(
    "--var",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="TALLYSTICK_VAR",
    default=Path("var"),
    help="Folder for chain state, database and logs.",
)
def main(port: int, chain_port: int, var: Path) -> None:
    """Run chain, service, indexer and keeper until Ctrl-C; play the demo the first time."""
    from tallystick.chain.errors import ChainError
    from tallystick.stack.run import Stack

    signal.signal(signal.SIGTERM, _interrupt)
    # A shell that starts programs in the background may have switched Ctrl-C off for them.
    signal.signal(signal.SIGINT, _interrupt)
    try:
        Stack(Layout(var.resolve(), port, chain_port), Console()).run()
    except KeyboardInterrupt:
        return
    except (StackError, ChainError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
