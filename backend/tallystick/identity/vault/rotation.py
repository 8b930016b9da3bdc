"""A new key-encryption key: every subject's key is wrapped again, the data stays as it is.

The service goes on meanwhile. What is left to do is what the rows say, so that a rotation that was
killed is simply begun again.
"""

from __future__ import annotations

from tallystick.db import write
from tallystick.identity.vault.files import owe_scrub
from tallystick.identity.vault.scrub import finish_deletions
from tallystick.identity.vault.vault import Vault

BATCH = 200


def rotate(vault: Vault, *, batch: int = BATCH) -> int:
    """Wraps by the current key-encryption key whatever another one wraps, and returns how many.

    Afterwards no file holds anything that an earlier one could unwrap. Raises `KeyUnknown` while a
    key is in use that was not given, `SealBroken`, `ScrubBlocked`.
    """
    rotated = 0
    while moved := _rotate_batch(vault, batch):
        rotated += moved
    finish_deletions(vault)
    return rotated


def pending(vault: Vault) -> dict[str, int]:
    """How many subjects' keys each key-encryption key wraps."""
    with vault.keys.open() as db:
        rows = db.execute("SELECT key_id, count(*) FROM subject_keys GROUP BY key_id").fetchall()
    return dict(rows)


def _rotate_batch(vault: Vault, batch: int) -> int:
    current = vault.service.current
    with vault.keys.open() as db:
        rows = db.execute(
            "SELECT subject, key_id, wrapped FROM subject_keys WHERE key_id < ? OR key_id > ?"
            " LIMIT ?",
            (current, current, batch),
        ).fetchall()
    if not rows:
        return 0
    # outside any transaction, for a key service may be far away
    fresh = [
        (current, vault.service.wrap(vault.service.unwrap(key_id, old, subject), subject), subject)
        for subject, key_id, old in rows
    ]
    with vault.keys.open() as db, write(db) as conn:
        # a subject that was erased meanwhile has no row to update
        conn.executemany("UPDATE subject_keys SET key_id = ?, wrapped = ? WHERE subject = ?", fresh)
        owe_scrub(conn, vault.now())
    return len(rows)
