"""Taking a backup while the service runs, checking it by restoring it, and restoring it for good.

The vault's two files are copied while nobody can change either; every file is a consistent copy
by SQLite's own online backup. Erasures that came after a backup are carried over at a restore, so
that it brings nobody back.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tallystick import __version__
from tallystick.backup.archive import Manifest, describe, pack, unpack
from tallystick.backup.errors import BackupBroken, BackupRefused
from tallystick.config import Settings
from tallystick.db import open_database
from tallystick.identity.vault.files import keys_path
from tallystick.trail.verify import verify

_KEPT = {"consents", "erasures"}
"""Tables that outlive an erasure, because they name nobody."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What restoring a backup showed. `entries` of the audit trail, whose chain is whole."""

    manifest: Manifest
    entries: int
    subjects: int


def databases(settings: Settings, *, index: bool = True) -> list[Path]:
    """Files to save. The vault's come last, its keys at the very end.

    The index can be made anew from the chain, but offers and answers by key are in its file.
    """
    files = [
        settings.webhooks,
        settings.messages,
        settings.receipts,
        settings.screening,
        settings.warnings,
        settings.servicing,
        settings.identity,
    ]
    if index:
        files.insert(0, settings.db)
    return [*files, settings.vault, keys_path(settings.vault)]


def create(settings: Settings, target: Path, key: bytes, *, index: bool = True) -> Checked:
    """Writes a backup to `target` once it was restored and checked.

    Raises `BackupRefused` when `target` exists or there is nothing to save, `BackupBroken` when
    what was copied is damaged already.
    """
    if target.exists():
        raise BackupRefused(f"{target} exists")
    files = [path for path in databases(settings, index=index) if path.exists()]
    if not files:
        raise BackupRefused("there is no database to save")
    if len({path.name for path in files}) < len(files):
        raise BackupRefused("two databases have the same name")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + ".new")
    fresh.unlink(missing_ok=True)
    try:
        with _private_folder(target.parent) as folder:
            _copy(settings, files, folder)
            members = tuple(describe(folder / path.name) for path in files)
            manifest = Manifest(int(time.time()), __version__, members)
            pack(fresh, key, manifest, folder)
        checked = check(fresh, key)
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        fresh.rename(target)
    finally:
        fresh.unlink(missing_ok=True)
    return checked


def check(source: Path, key: bytes) -> Checked:
    """Restores a backup into a folder that is thrown away, and looks at every database.

    Raises `BackupBroken`.
    """
    with _private_folder(source.parent) as folder:
        manifest = unpack(source, key, folder)
        return _look(manifest, folder)


def restore(source: Path, key: bytes, into: Path, erased_in: Path | None = None) -> Checked:
    """Restores a backup into the folder `into`, which must not hold any of its files.

    Whoever `erased_in` (the vault's file of keys as it was last) names as erased is erased again.
    Raises `BackupBroken`, `BackupRefused`; then nothing was restored.
    """
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _private_folder(into) as folder:
        manifest = unpack(source, key, folder)
        checked = _look(manifest, folder)
        names = [member.name for member in manifest.members]
        for name in names:
            for beside in (name, f"{name}-wal", f"{name}-shm"):
                if (into / beside).exists():
                    raise BackupRefused(f"{into / beside} exists")
        if erased_in is not None:
            _erase_again(folder, names, erased_in)
        for name in names:
            (folder / name).rename(into / name)
    return checked


def _copy(settings: Settings, files: list[Path], folder: Path) -> None:
    keys = keys_path(settings.vault)
    for path in files:
        if path not in (settings.vault, keys):
            _copy_one(path, folder)
    if keys in files:
        with closing(sqlite3.connect(keys, isolation_level=None, timeout=30)) as lock:
            lock.execute("BEGIN IMMEDIATE")  # whatever changes the vault takes this lock first
            for path in (settings.vault, keys):
                if path in files:
                    _copy_one(path, folder)


def _copy_one(path: Path, folder: Path) -> None:
    target = folder / path.name
    target.touch(mode=0o600)
    source = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(source, uri=True)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)  # one step: one moment
        new.execute("PRAGMA journal_mode = DELETE")  # nothing beside the file


def _look(manifest: Manifest, folder: Path) -> Checked:
    entries = subjects = 0
    for member in manifest.members:
        with closing(sqlite3.connect(folder / member.name)) as conn:
            try:
                verdict = conn.execute("PRAGMA integrity_check").fetchone()[0]
                broken = conn.execute("PRAGMA foreign_key_check").fetchone()
            except sqlite3.DatabaseError as error:
                raise BackupBroken(f"{member.name}: {error}") from error
            if verdict != "ok" or broken is not None:
                raise BackupBroken(f"{member.name} is damaged: {verdict}")
            tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_schema").fetchall()}
            if "subject_keys" in tables:
                (subjects,) = conn.execute("SELECT count(*) FROM subject_keys").fetchone()
        if "trail" in tables:
            entries = _trail(folder / member.name)
    return Checked(manifest, entries, subjects)


def _trail(path: Path) -> int:
    with open_database(path, readonly=True) as db:
        verdict = verify(db, [])
    if verdict.findings:
        raise BackupBroken(f"the audit trail: {verdict.findings[0].text}")
    return verdict.entries


def _erase_again(folder: Path, names: list[str], erased_in: Path) -> None:
    with closing(sqlite3.connect(f"{erased_in.absolute().as_uri()}?mode=ro", uri=True)) as last:
        erased = last.execute(
            "SELECT subject, erasure_id, begun_at, finished_at FROM erasures"
        ).fetchall()
    gone = [(subject,) for subject, *_ in erased]
    for name in names:
        with closing(sqlite3.connect(folder / name)) as conn:
            conn.execute("PRAGMA foreign_keys = ON")
            conn.execute("PRAGMA secure_delete = ON")
            for table in _tables(conn):
                columns = {row[1] for row in conn.execute(f"PRAGMA table_info({table})")}
                if "subject" in columns and table not in _KEPT:
                    conn.executemany(f"DELETE FROM {table} WHERE subject = ?", gone)  # noqa: S608
                if table == "erasures":
                    conn.executemany(
                        "INSERT INTO erasures (subject, erasure_id, begun_at, finished_at)"
                        " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                        erased,
                    )
            conn.commit()
            conn.execute("VACUUM")  # leaves no page of what was deleted


def _tables(conn: sqlite3.Connection) -> list[str]:
    """Names of tables, those first that refer to `subject_keys`."""
    rows = conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    names = [name for (name,) in rows if not name.startswith("sqlite_")]
    return sorted(names, key=lambda name: name == "subject_keys")


@contextmanager
def _private_folder(beside: Path) -> Iterator[Path]:
    with TemporaryDirectory(dir=beside, prefix=".backup-") as name:
        yield Path(name)
