"""What is known of readers: whose a wallet is, and where they can be reached."""

from __future__ import annotations

from tallystick.config import Settings
from tallystick.identity.access.access import identity_file
from tallystick.identity.access.wallets import INDEX
from tallystick.identity.rights.rights import Rights
from tallystick.identity.vault import RecordUnknown, Vault
from tallystick.messages.stops import stop_token

ACTOR = "messages"
PURPOSE = "servicing"
RECORD = "contact"


class People:
    """The vault, read for one purpose; each read is in the audit trail."""

    def __init__(self, vault: Vault, rights: Rights) -> None:
        self.vault = vault
        self._rights = rights

    @classmethod
    def open(cls, settings: Settings) -> People | None:
        """What the settings describe; None where no identities are kept.

        Raises `KeyServiceInvalid`.
        """
        given = (settings.vault_keys, settings.vault_kms, settings.vault_index_key)
        if not any(value is not None for value in given):
            return None
        vault = Vault.from_settings(settings)
        return cls(vault, Rights(identity_file(settings.identity), vault))

    def subject_of(self, recipient: str) -> str | None:
        """The subject itself, or whose wallet it is; None for a wallet that never signed in.

        Raises `SubjectErased`, `SubjectUnknown`.
        """
        if not recipient.startswith("0x"):
            self.vault.require(recipient)
            return recipient
        return self.vault.find(INDEX, recipient)

    def address(self, subject: str, field: str) -> str | None:
        """A field of the record of contacts, None where there is none.

        Raises `ReadRefused`, `SubjectErased`.
        """
        try:
            fields = self._rights.read(ACTOR, subject, RECORD, PURPOSE).fields
        except RecordUnknown:
            return None
        value = fields.get(field)
        return value.decode() if value else None

    def stop_link(self, origin: str, subject: str, group: str) -> str:
        """The link that stops a group."""
        return f"{origin}/v1/stops/{stop_token(self.vault, subject, group)}"

    def close(self) -> None:
        """Closes the vault."""
        self.vault.close()
