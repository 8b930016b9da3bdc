"""`tallystick attest`: say something of a wallet under the issuer's signature, or take it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import click

from tallystick.chain.clock import clock_of
from tallystick.chain.deployment import checked_address, load_deployment
from tallystick.chain.errors import ChainError
from tallystick.chain.rpc import Rpc
from tallystick.chain.sender import Sender
from tallystick.config import Settings, SettingsError
from tallystick.identity.attestations import KINDS, Attestation, Gate, revoke

MOST_DAYS = 730


@click.group()
def attest() -> None:
    """Attest what is known of a wallet, without saying whose it is.

    TALLYSTICK_GATE is the gate that accepts the attestations, TALLYSTICK_ISSUER_KEY signs them.
    """


@attest.command()
@click.argument("wallet")
@click.argument("kind", type=click.Choice(KINDS))
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), default=365, show_default=True, help="Validity."
)
def issue(wallet: str, kind: str, days: int) -> None:
    """Print an attestation as JSON; nothing is on chain, and no gas is paid."""
    with _issuer() as (key, gate, _, settings):
        now = int(clock_of(settings)())
        times = (now, now + days * 86_400)
        made = Attestation.issue(key, gate, checked_address(wallet), kind, times)
        click.echo(json.dumps(made.to_json(gate), indent=1))


@attest.command(name="revoke")
@click.argument("digest")
def revoke_command(digest: str) -> None:
    """Revoke an attestation on chain by its digest."""
    with _issuer() as (key, gate, rpc, _):
        value = bytes.fromhex(digest.removeprefix("0x"))
        if len(value) != 32:
            raise ValueError("a digest has 32 bytes")
        receipt = revoke(Sender(rpc, key, gate.chain_id), gate, value)
        click.echo(f"revoked in block {receipt.block_number}")


@contextmanager
def _issuer() -> Iterator[tuple[str, Gate, Rpc, Settings]]:
    try:
        settings = Settings.from_environment()
        key, address = _required(settings)
        chain_id = load_deployment(settings.deployment).chain_id
        yield key, Gate(chain_id, checked_address(address)), Rpc(settings.rpc_url), settings
    except (SettingsError, ChainError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def _required(settings: Settings) -> tuple[str, str]:
    if settings.gate is None or settings.issuer_key is None:
        raise SettingsError("Set TALLYSTICK_GATE and TALLYSTICK_ISSUER_KEY.")
    return settings.issuer_key.get_secret_value(), settings.gate
