"""Work that a deletion leaves owing, whoever began it."""

from __future__ import annotations

from tallystick.db import write
from tallystick.identity.vault.vault import Vault


def finish_deletions(vault: Vault) -> None:
    """Finishes the erasures that were begun and overwrites whatever was deleted.

    Raises `ScrubBlocked`; then the work stays owed and the next call does it.
    """
    with vault.keys.open() as db:
        unfinished = "SELECT subject FROM erasures WHERE finished_at IS NULL"
        erased = [subject for (subject,) in db.execute(unfinished)]
    if erased:
        # without its key this is noise, so these rows are deleted and not overwritten
        with vault.fields.open() as db, write(db) as conn:
            conn.executemany(
                "DELETE FROM records WHERE subject = ?", [(subject,) for subject in erased]
            )
    vault.keys.scrub()
    vault.fields.scrub()
    if erased:
        with vault.keys.open() as db, write(db) as conn:
            conn.executemany(
                "UPDATE erasures SET finished_at = ? WHERE subject = ?",
                [(vault.now(), subject) for subject in erased],
            )
