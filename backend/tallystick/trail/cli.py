"""`tallystick anchor` and `tallystick audit trail`."""

from __future__ import annotations

import json
import logging
import signal
from pathlib import Path
from threading import Event
from typing import Any

import click

from tallystick.chain.deployment import checked_address, load_deployment
from tallystick.chain.errors import BookRevert, ChainError, RpcError, SendError
from tallystick.chain.rpc import Rpc
from tallystick.chain.sender import Sender
from tallystick.config import Settings, SettingsError
from tallystick.db import Database, DatabaseError, open_database
from tallystick.logs import configure
from tallystick.trail.anchors import STREAM, Anchored, anchor, anchored_roots
from tallystick.trail.errors import TrailError
from tallystick.trail.verify import Proof, prove, verify

DIFFERS, NOT_AUDITED = 1, 2
_ERRORS = (SettingsError, ChainError, DatabaseError, TrailError, OSError, ValueError)

logger = logging.getLogger("tallystick.trail")


@click.command(name="anchor")
@click.option(
    "--every",
    type=click.FloatRange(min=1),
    help="Seconds between anchors, for ever.  [default: once]",
)
def anchor_command(every: float | None) -> None:
    """Anchor the audit trail's newest root on chain.

    TALLYSTICK_ANCHOR is the anchor contract, TALLYSTICK_ANCHOR_KEY the account that pays and to
    which the stream of roots belongs.
    """
    try:
        settings = Settings.from_environment()
        configure(settings.log_format, settings.log_level)
        contract = _contract(settings)
        rpc = Rpc(settings.rpc_url)
        sender = _sender(settings, rpc)
        with open_database(settings.identity, readonly=True) as db:
            if every is None:
                click.echo(_anchor_once(db, rpc, sender, contract))
                return
            _anchor_for_ever(db, rpc, sender, contract, every)
    except _ERRORS as error:
        raise click.ClickException(str(error)) from error


@click.command(name="trail")
@click.option("--rpc", "rpc_url", help="JSON-RPC URL.  [default: TALLYSTICK_RPC_URL]")
@click.option("--contract", help="Address of the anchor contract.  [default: TALLYSTICK_ANCHOR]")
@click.option("--keeper", help="Account that anchors.  [default: of TALLYSTICK_ANCHOR_KEY]")
@click.option("--from-block", type=click.IntRange(min=0), default=0, help="First with anchors.")
@click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    help="SQLite file of the trail.  [default: TALLYSTICK_IDENTITY]",
)
@click.option("--entry", type=click.IntRange(min=1), help="Print the proof of this entry as JSON.")
@click.option(
    "--check",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Check a printed proof against the chain; needs no trail.",
)
@click.pass_context
def trail_command(
    context: click.Context,
    rpc_url: str | None,
    contract: str | None,
    keeper: str | None,
    from_block: int,
    db: Path | None,
    entry: int | None,
    check: Path | None,
) -> None:
    """Compare the service's audit trail with the roots on chain.

    Finds every row that was changed, removed or reordered, and a trail that was rewritten as a
    whole. Exit code 0: whole; 1: something differs; 2: it could not be looked at.
    """
    try:
        settings = Settings.from_environment()
        rpc = Rpc(rpc_url or settings.rpc_url)
        where = checked_address(contract) if contract else _contract(settings)
        whose = checked_address(keeper) if keeper else _sender(settings, rpc).address
        roots = anchored_roots(rpc, where, whose, from_block)
        if check is not None:
            context.exit(_check(check, roots))
        with open_database(db or settings.identity, readonly=True) as opened:
            if entry is not None:
                proof, root = prove(opened, entry, roots)
                click.echo(json.dumps(proof.to_json() | _where(where, whose, root), indent=1))
            else:
                context.exit(_report(opened, roots))
    except _ERRORS as error:
        click.echo(f"Could not audit: {error}", err=True)
        context.exit(NOT_AUDITED)


def _report(db: Database, roots: list[Anchored]) -> int:
    verdict = verify(db, roots)
    for finding in verdict.findings:
        click.echo(f"{finding.kind:<10} {finding.text}")
    click.echo(
        f"{'DIFFERS' if verdict.findings else 'WHOLE'}: {verdict.entries} entries, "
        f"{len(roots)} roots on chain, anchored up to entry {verdict.anchored}"
    )
    return DIFFERS if verdict.findings else 0


def _check(path: Path, roots: list[Anchored]) -> int:
    proof = Proof.from_json(json.loads(path.read_text()))
    root = next((root for root in roots if root.root == proof.root()), None)
    if root is None:
        click.echo("NOT PROVEN: its root is not on chain")
        return DIFFERS
    fact = proof.entry.fact
    click.echo(f"PROVEN by root {root.sequence}, anchored in block {root.block_number}")
    click.echo(f"entry {proof.entry.number}: {fact.actor} {fact.act} {fact.object} {fact.purpose}")
    return 0


def _anchor_once(db: Database, rpc: Rpc, sender: Sender, contract: str) -> str:
    receipt = anchor(db, rpc, sender, contract)
    if receipt is None:
        return "nothing new to anchor"
    return f"anchored in block {receipt.block_number}, transaction 0x{receipt.tx_hash.hex()}"


def _anchor_for_ever(db: Database, rpc: Rpc, sender: Sender, contract: str, every: float) -> None:
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while True:
        try:
            logger.info(_anchor_once(db, rpc, sender, contract))
        except (RpcError, SendError, BookRevert) as error:  # a broken trail ends it, loudly
            logger.warning("not anchored: %s", error)
        if stop.wait(every):
            return


def _contract(settings: Settings) -> str:
    if settings.anchor is None:
        raise SettingsError("Set TALLYSTICK_ANCHOR to the address of the anchor contract.")
    return checked_address(settings.anchor)


def _sender(settings: Settings, rpc: Rpc) -> Sender:
    if settings.anchor_key is None:
        raise SettingsError("Set TALLYSTICK_ANCHOR_KEY to the private key that anchors.")
    chain_id = load_deployment(settings.deployment).chain_id
    try:
        return Sender(rpc, settings.anchor_key.get_secret_value(), chain_id)
    except ValueError:  # whose text might show the key
        raise SettingsError("TALLYSTICK_ANCHOR_KEY is not a private key.") from None


def _where(contract: str, keeper: str, root: Anchored) -> dict[str, Any]:
    return {
        "anchor": {
            "contract": contract,
            "keeper": keeper,
            "stream": "0x" + STREAM.hex(),
            "sequence": root.sequence,
            "block_number": root.block_number,
            "transaction": "0x" + root.tx_hash.hex(),
        }
    }
