"""`tallystick vault`: keys, rotation, retention, legal holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from tallystick.config import Settings, SettingsError
from tallystick.identity.vault.erasure import hold, lift
from tallystick.identity.vault.errors import VaultError
from tallystick.identity.vault.keys import new_key_text
from tallystick.identity.vault.retention import enforce_retention
from tallystick.identity.vault.rotation import pending, rotate
from tallystick.identity.vault.vault import Vault


@click.group()
def vault() -> None:
    """Keep the vault of personal data: keys, rotation, retention."""


@vault.command()
def key() -> None:
    """Print a new random key for TALLYSTICK_VAULT_KEYS or TALLYSTICK_VAULT_INDEX_KEY."""
    click.echo(new_key_text())


@vault.command()
def status() -> None:
    """Tell how many subjects' keys each key-encryption key wraps."""
    with _vault() as opened:
        counts = pending(opened)
        current = opened.service.current
    for key_id, count in sorted({current: 0, **counts}.items()):
        click.echo(f"{key_id:<20} {count:>10}{'  current' if key_id == current else ''}")


@vault.command(name="rotate")
@click.option(
    "--approval",
    required=True,
    metavar="APPROVAL",
    help="Id of the request (matter `rotate_keys`) to which a second administrator agreed.",
)
def rotate_command(approval: str) -> None:
    """Wrap every subject's key by the current key-encryption key.

    Nobody does that alone: one administrator asks for it by POST /v1/approvals, another one
    approves, and within three days the approval is used here or by the API. The service may run
    meanwhile. Afterwards the earlier keys are of no more use and can be destroyed. Killed in the
    middle, the command is run again with the same approval.
    """
    from tallystick.identity.access.access import identity_file
    from tallystick.identity.authority.approvals import Approvals
    from tallystick.identity.authority.errors import ApprovalClosed, ApprovalUnknown
    from tallystick.identity.authority.grants import Grants
    from tallystick.identity.authority.matters import Matter

    with _vault() as opened:
        settings = Settings.from_environment()
        file = identity_file(settings.identity)
        grants = Grants(file, opened, settings.administrators or ())
        try:
            Approvals(file, opened, grants).carry_out(approval, Matter.ROTATE_KEYS, "vault")
        except ApprovalUnknown:
            raise click.ClickException(f"no rotation of keys was asked for as {approval}") from None
        except ApprovalClosed as error:
            raise click.ClickException(f"the request {approval} is {error.state}") from None
        finally:
            file.close()
        click.echo(f"{rotate(opened)} keys wrapped by {opened.service.current}")


@vault.command()
def retain() -> None:
    """Delete what has been kept for long enough, and finish erasures that were interrupted.

    `tallystick jobs run` does it daily.
    """
    with _vault() as opened:
        click.echo(str(enforce_retention(opened)))


@vault.command(name="hold")
@click.argument("subject")
@click.option("--basis", required=True, help="The duty to keep the data, as people are told it.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Day (UTC).  [default: lifted]")
def hold_command(subject: str, basis: str, until: datetime | None) -> None:
    """Keep a subject's data from erasure and expiry."""
    end = None if until is None else int(until.replace(tzinfo=UTC).timestamp())
    with _vault() as opened:
        click.echo(hold(opened, subject, basis, end).hold_id)


@vault.command(name="lift")
@click.argument("hold_id")
def lift_command(hold_id: str) -> None:
    """End a hold."""
    with _vault() as opened:
        if not lift(opened, hold_id):
            raise click.ClickException("there is no such hold")


@contextmanager
def _vault() -> Iterator[Vault]:
    try:
        opened = Vault.from_settings(Settings.from_environment())
        try:
            yield opened
        finally:
            opened.close()
    except (SettingsError, VaultError) as error:
        raise click.ClickException(str(error)) from error
