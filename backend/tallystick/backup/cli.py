"""`tallystick backup`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from tallystick.backup.backup import Checked, check, create, restore
from tallystick.backup.errors import BackupError
from tallystick.config import Settings, SettingsError
from tallystick.db import DatabaseError
from tallystick.identity.vault.errors import VaultError
from tallystick.identity.vault.keys import decode_key

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def backup() -> None:
    """Save every database while the service runs, and restore them.

    TALLYSTICK_BACKUP_KEY encrypts: 32 bytes in base64, as `tallystick vault key` prints.
    """


@backup.command(name="create")
@click.argument("target", type=_FILE)
@click.option("--index/--no-index", default=True, help="With the index, offers and answers by key.")
def create_command(target: Path, *, index: bool) -> None:
    """Write a backup to TARGET, once it has been restored and checked."""
    with _settings() as (settings, key):
        _tell(create(settings, target, key, index=index))


@backup.command(name="check")
@click.argument("source", type=_FILE)
def check_command(source: Path) -> None:
    """Restore a backup into a folder that is thrown away, and look at every database."""
    with _settings() as (_, key):
        _tell(check(source, key))


@backup.command(name="restore")
@click.argument("source", type=_FILE)
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), required=True, help="A folder."
)
@click.option(
    "--erased-in",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The vault's file of keys as it was last: whoever it names as erased stays erased.",
)
def restore_command(source: Path, into: Path, erased_in: Path | None) -> None:
    """Restore a backup into a folder that holds none of its files."""
    with _settings() as (_, key):
        _tell(restore(source, key, into, erased_in))


def _tell(checked: Checked) -> None:
    manifest = checked.manifest
    at = datetime.fromtimestamp(manifest.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for member in manifest.members:
        click.echo(f"{member.name:<20} {member.size:>14,} bytes  {member.sha256[:16]}")
    click.echo(
        f"SOUND: saved {at}, {checked.entries} entries of the trail, {checked.subjects} subjects"
    )


@contextmanager
def _settings() -> Iterator[tuple[Settings, bytes]]:
    try:
        settings = Settings.from_environment()
        yield settings, _key(settings)
    except (SettingsError, BackupError, VaultError, DatabaseError, sqlite3.Error, OSError) as error:
        raise click.ClickException(str(error)) from error


def _key(settings: Settings) -> bytes:
    if settings.backup_key is None:
        raise SettingsError("Set TALLYSTICK_BACKUP_KEY.")
    return decode_key(settings.backup_key.get_secret_value(), "TALLYSTICK_BACKUP_KEY")
