"""What is known of people ends, and is looked up again: `tallystick identity`, and daily."""

from __future__ import annotations

import click

from tallystick.chain.deployment import checked_address, load_deployment
from tallystick.chain.errors import ChainError
from tallystick.chain.rpc import Rpc
from tallystick.chain.sender import Sender
from tallystick.config import Settings, SettingsError
from tallystick.identity.access.access import Access
from tallystick.identity.attestations import Gate, revoke
from tallystick.identity.vault.errors import KeyServiceInvalid, VaultError
from tallystick.jobs.job import NotYet, Turn
from tallystick.screening.errors import ScreeningError
from tallystick.screening.listed import Listed


@click.group()
def identity() -> None:
    """Keep what is known of people up to date."""


@identity.command()
def recheck() -> None:
    """End levels whose time is over, look up sanctions again, close abandoned cases.

    Attestations of levels that ended are revoked on chain where TALLYSTICK_GATE and
    TALLYSTICK_ISSUER_KEY are set. `tallystick jobs run` does it daily.
    """
    try:
        click.echo(recheck_all(Settings.from_environment()))
    except (SettingsError, VaultError, ChainError, ScreeningError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def daily(settings: Settings, _: Turn) -> str:
    """The job."""
    try:
        return recheck_all(settings)
    except KeyServiceInvalid as error:
        raise NotYet(str(error)) from error


def recheck_all(settings: Settings) -> str:
    """Does it, and says how much. Raises `VaultError`, `ChainError`, `ScreeningError`."""
    chain_id = load_deployment(settings.deployment).chain_id
    rpc = Rpc(settings.rpc_url)
    access = Access.open(settings, chain_id, rpc, Listed.from_settings(settings))
    try:
        done = access.levels.recheck(access.sanctions)
        closed = access.cases.close_abandoned()
        revoked = _revoke(access, settings, rpc, chain_id)
    finally:
        access.close()
    return (
        f"{done.ended} levels ended, {done.checked} looked up, {done.listed} listed,"
        f" {closed} cases closed, {revoked} attestations revoked"
    )


def _revoke(access: Access, settings: Settings, rpc: Rpc, chain_id: int) -> int:
    if settings.gate is None or settings.issuer_key is None:
        return 0
    gate = Gate(chain_id, checked_address(settings.gate))
    sender = Sender(rpc, settings.issuer_key.get_secret_value(), chain_id)
    return access.levels.revoke_pending(lambda digest: revoke(sender, gate, digest))
