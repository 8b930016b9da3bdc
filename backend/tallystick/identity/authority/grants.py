"""Which roles a subject has: granted by two administrators, or by the settings.

The settings name wallets of administrators, so that there are some before anybody can grant.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from tallystick.identity.authority.roles import EVERYBODY, Role
from tallystick.identity.vault import Vault
from tallystick.identity.vault.files import PrivateFile

_WALLET = "wallet"


class Grants:
    """Roles in the table `roles`. `administrators` are accounts (EIP-55)."""

    def __init__(self, file: PrivateFile, vault: Vault, administrators: Iterable[str] = ()) -> None:
        self._file = file
        self._vault = vault
        self._administrators = tuple(administrators)

    def roles_of(self, subject: str) -> frozenset[Role]:
        """Every role of a subject that can sign in."""
        with self._file.open() as db:
            rows = db.execute("SELECT role FROM roles WHERE subject = ?", (subject,)).fetchall()
        roles = EVERYBODY | {Role(role) for (role,) in rows}
        appointed = (self._vault.find(_WALLET, wallet) for wallet in self._administrators)
        return roles | {Role.ADMINISTRATOR} if subject in appointed else roles

    def holders(self) -> list[tuple[str, Role, int]]:
        """Subject, role and time of every grant, by subject."""
        with self._file.open() as db:
            rows = db.execute("SELECT subject, role, granted_at FROM roles ORDER BY subject, role")
            return [(subject, Role(role), at) for subject, role, at in rows]


def grant(conn: sqlite3.Connection, subject: str, role: Role, now: int) -> None:
    """Gives a role, within the transaction that approves it."""
    conn.execute(
        "INSERT INTO roles (subject, role, granted_at) VALUES (?, ?, ?)"
        " ON CONFLICT (subject, role) DO NOTHING",
        (subject, role, now),
    )


def revoke(conn: sqlite3.Connection, subject: str, role: Role) -> None:
    """Takes a role, within the transaction that approves it."""
    conn.execute("DELETE FROM roles WHERE subject = ? AND role = ?", (subject, role))
