"""The command `tallystick audit`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click

from tallystick.audit.audit import Scope, Stage, audit
from tallystick.audit.errors import AuditError
from tallystick.audit.page import render_page
from tallystick.audit.report import Report
from tallystick.audit.table import write_table
from tallystick.chain.deployment import checked_address
from tallystick.chain.errors import ChainError
from tallystick.chain.rpc import Rpc
from tallystick.db import DatabaseError
from tallystick.indexer import repository
from tallystick.proof.errors import ProofError

DIFFERS, NOT_AUDITED = 1, 2


@click.command("audit")
@click.option("--rpc", "rpc_url", required=True, help="JSON-RPC URL of a node that you trust.")
@click.option("--book", required=True, help="Address of the book.")
@click.option(
    "--from-block", type=click.IntRange(min=0), default=0, help="First block that may hold events."
)
@click.option("--loan", "loan_id", metavar="0x…", help="Only this loan.")
@click.option("--lender", metavar="0x…", help="Only this lender's loans.")
@click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    help="SQLite file of an index to compare with, at the block where it stands.",
)
@click.option(
    "--transfers/--no-transfers",
    default=None,
    help="Compare with the tokens' Transfer logs.  [default: up to 5,000 transactions]",
)
@click.option(
    "--prove",
    is_flag=True,
    help="Trust nothing of the node but the hash of the audited block: every header, receipt and "
    "storage word is proven against it. Reads every header from --from-block on.",
)
@click.option("--format", "form", type=click.Choice(["table", "json", "html"]), default="table")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File instead of the terminal."
)
@click.pass_context
def command(
    context: click.Context,
    rpc_url: str,
    book: str,
    from_block: int,
    loan_id: str | None,
    lender: str | None,
    db: Path | None,
    transfers: bool | None,  # noqa: FBT001
    prove: bool,  # noqa: FBT001
    form: str,
    out: Path | None,
) -> None:
    """Recompute the loans of a book and say what differs.

    Given only a node and the book's address: every loan is folded from its raw events with the
    ledger's mathematics and compared with its signed terms, the contract's storage, the tokens'
    transfers and, if given, an index. Exit code 0: equal; 1: something differs; 2: no audit made.
    """
    if loan_id and lender:
        raise click.UsageError("give either --loan or --lender")
    try:
        scope = Scope(
            loan_id=None if loan_id is None else _loan_id(loan_id),
            lender=None if lender is None else checked_address(lender),
            from_block=from_block,
            transfers=transfers,
            prove=prove,
        )
        rpc = Rpc(rpc_url, timeout=60.0)
        index = nullcontext() if db is None else repository.open_index(db)
        with index as opened, _progress() as stage:
            report = audit(rpc, checked_address(book), scope, opened, stage)
        _write(report, form, out)
    except (AuditError, ChainError, DatabaseError, ProofError, OSError, ValueError) as error:
        click.echo(f"Could not audit: {error}", err=True)
        context.exit(NOT_AUDITED)
    context.exit(0 if report.equal else DIFFERS)


def _write(report: Report, form: str, out: Path | None) -> None:
    with nullcontext(sys.stdout) if out is None else out.open("w", encoding="utf-8") as target:
        if form == "table":
            write_table(report, target)
        elif form == "html":
            target.write(render_page(report))
        else:
            import orjson

            target.write(orjson.dumps(report.to_json(), option=orjson.OPT_INDENT_2).decode() + "\n")


@contextmanager
def _progress() -> Iterator[Stage]:
    """A bar on the terminal's error stream, one line for each stage."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bars:
        tasks: dict[str, TaskID] = {}

        def stage(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield stage


def _loan_id(text: str) -> bytes:
    value = bytes.fromhex(text.removeprefix("0x"))
    if len(value) != 32:
        raise ValueError(f"not a loan id: {text!r}")
    return value
