"""The command `tallystick index`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import click

from tallystick.chain.deployment import Deployment, checked_address, load_deployment
from tallystick.chain.endpoints import Endpoints
from tallystick.chain.errors import ChainError, RpcError
from tallystick.chain.registry import Registry
from tallystick.config import Settings, SettingsError
from tallystick.db import DatabaseError
from tallystick.indexer.errors import IndexerError, SourceError
from tallystick.indexer.fleet import Fleet
from tallystick.indexer.indexer import Progress
from tallystick.indexer.lean import be_lean
from tallystick.indexer.lock import Shared
from tallystick.loans.errors import LoanError
from tallystick.logs import configure


@click.command()
@click.option(
    "--rpc",
    "rpc_urls",
    multiple=True,
    help="JSON-RPC URL of the chain; give it again for nodes that take over.  [TALLYSTICK_RPC_URL]",
)
@click.option(
    "--deployment",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Deployment record that names the book.  [TALLYSTICK_DEPLOYMENT]",
)
@click.option("--book", help="Address of the book, instead of a deployment record.")
@click.option(
    "--from-block",
    type=click.IntRange(min=0),
    help="First block that may hold events; with --book.  [default: 1]",
)
@click.option(
    "--db",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="SQLite file of the index.  [TALLYSTICK_DB]",
)
@click.option(
    "--registry",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of records of further books.  [TALLYSTICK_DEPLOYMENTS]",
)
@click.option(
    "--chain",
    "chains",
    multiple=True,
    metavar="ID=URL",
    help="Node of another chain; may be given several times.  [TALLYSTICK_CHAINS]",
)
@click.option("--until-head", is_flag=True, help="Stop when the head is reached.")
@click.option(
    "--proven",
    is_flag=True,
    help="With --until-head: stop when all of it is proven complete by the blocks' receipts.",
)
@click.option(
    "--bloom/--no-bloom",
    default=True,
    help="Check that blocks without logs agree with their bloom; off for chains that leave it "
    "empty.",
)
def index(
    rpc_urls: tuple[str, ...],
    deployment: Path | None,
    book: str | None,
    from_block: int | None,
    path: Path | None,
    registry: Path | None,
    chains: tuple[str, ...],
    until_head: bool,  # noqa: FBT001
    proven: bool,  # noqa: FBT001
    bloom: bool,  # noqa: FBT001
) -> None:
    """Follow the chain into the database.

    Reads every event of the loan books from the block of their deployment on, and keeps the loans
    that follow from them: of the first book, and of those whose records are in the registry, where
    more may be put at any time. With --book, the registry is used only if it is named. It can be
    stopped or killed at any moment and goes on where it was. Only one indexer may write a database.
    """
    if book and deployment:
        raise click.UsageError("give either --book or --deployment")
    if from_block is not None and not book:
        raise click.UsageError("--from-block goes with --book")
    if proven and not (until_head and bloom):
        raise click.UsageError("--proven goes with --until-head, and needs the bloom")
    be_lean()
    try:
        settings = _settings(chains)
        urls, path = rpc_urls or settings.rpc_urls, path or settings.db
        home = _deployment(urls, book, from_block, deployment or settings.deployment)
        books = Registry(home, registry or (None if book else settings.registry))
        nodes = settings.nodes(home.chain_id) | {home.chain_id: urls}
        with Shared(path) as shared:
            fleet = Fleet(
                books, nodes, path, shared, check_bloom=bloom, poll_seconds=settings.index_poll
            )
            for chain_id in books.chain_ids() if until_head else [home.chain_id]:
                if chain_id in nodes:
                    _catch_up(fleet, chain_id, proven=proven, wait=not until_head)
                else:
                    click.echo(f"Left out chain {chain_id}: no node of it is named.", err=True)
            if not until_head:
                configure(settings.log_format, settings.log_level)
                _follow(fleet)
    except (ChainError, DatabaseError, IndexerError, LoanError, SettingsError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def _settings(chains: tuple[str, ...]) -> Settings:
    given = {"TALLYSTICK_CHAINS": ",".join(chains)} if chains else {}
    return Settings.from_environment(os.environ | given)


def _deployment(
    urls: Sequence[str], book: str | None, from_block: int | None, record: Path
) -> Deployment:
    if book is None:
        return load_deployment(record)
    chain_id = int(Endpoints(urls, retries=3).call("eth_chainId"), 16)
    return Deployment(chain_id, checked_address(book), 1 if from_block is None else from_block)


def _catch_up(fleet: Fleet, chain_id: int, *, proven: bool, wait: bool) -> None:
    """Indexes a chain until its head; `wait` if the node's problems are no reason to give up."""
    with fleet.open(chain_id) as indexer:
        first = indexer.progress.number
        with click.progressbar(
            length=1, label="Indexing blocks", show_pos=True, file=sys.stderr
        ) as bar:

            def report(progress: Progress) -> None:
                bar.length = max(progress.head - first, 1)
                bar.update(progress.number - first - bar.pos)

            try:
                cursor = indexer.run_until_head(report, proven=proven)
            except (RpcError, SourceError) as error:
                if not wait:
                    raise
                click.echo(f"Not at the head yet: {error}", err=True)
                return
        for address, reason in indexer.refused.items():
            click.echo(f"Left out the book {address}: {reason}", err=True)
        click.echo(f"Indexed to block {cursor.number} (0x{cursor.hash.hex()}).")
        rest = "" if indexer.proven == cursor.number else "; following proves the rest"
        click.echo(f"Proven complete to block {indexer.proven}{rest}.", err=True)


def _follow(fleet: Fleet) -> None:
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    click.echo("Following the chain; Ctrl-C stops.")
    fleet.follow(stop)
    for chain_id, progress in fleet.progress.items():
        click.echo(f"Stopped at block {progress.number} of chain {chain_id}.")
