"""A vault in a folder, and how to look at its raw files."""

from __future__ import annotations

from pathlib import Path

from tallystick.identity.vault import Vault
from tallystick.identity.vault.keys import LocalKeys

OLD, NEW = b"\x01" * 32, b"\x02" * 32
INDEX_KEY = b"\x07" * 32


def vault_in(folder: Path, keys: dict[str, bytes] | None = None, now: float = 1_000_000) -> Vault:
    """A vault on real files; keys `old` alone unless others are given."""
    return Vault(folder / "vault.db", LocalKeys(keys or {"old": OLD}), INDEX_KEY, lambda: now)


def wrapped_keys(vault: Vault) -> dict[str, bytes]:
    """What is stored of each subject's key."""
    with vault.keys.open() as db:
        return dict(db.execute("SELECT subject, wrapped FROM subject_keys").fetchall())


def raw(folder: Path) -> bytes:
    """Every byte of every file, logs included."""
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))
