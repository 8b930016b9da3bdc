"""Why the vault refuses. No message repeats personal data or a key.

::

    VaultError
    ├── KeyServiceInvalid  the configured keys cannot be used
    ├── KeyUnknown         a key-encryption key that is needed was not given
    ├── SealBroken         a sealed value is not the one that was written at its place
    ├── SubjectUnknown     there never was such a subject
    ├── SubjectErased      the subject's key was destroyed
    ├── RecordUnknown      the subject has no such record, or not in this version
    ├── RecordChanged      somebody wrote another version meanwhile
    ├── IndexTaken         a value that one subject alone may have is another's
    ├── OnHold             the law keeps the data from being erased
    └── ScrubBlocked       another process reads the files; what was deleted is not yet overwritten
"""

from __future__ import annotations


class VaultError(Exception):
    """Base of all errors of this package."""


class KeyServiceInvalid(VaultError):
    """The message names the setting and the rule it breaks."""


class KeyUnknown(VaultError):
    """`key_id` is the key-encryption key that is missing."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"the key-encryption key {key_id!r} was not given")
        self.key_id = key_id


class SealBroken(VaultError):
    """The value at `place` was altered, cut, moved or sealed under another key."""

    def __init__(self, place: str) -> None:
        super().__init__(f"the sealed value at {place} is not what was written there")
        self.place = place


class SubjectUnknown(VaultError):
    """No subject has this id."""


class SubjectErased(VaultError):
    """The subject was erased at Unix second `erased_at`."""

    def __init__(self, subject: str, erased_at: int) -> None:
        super().__init__(f"{subject} was erased")
        self.subject = subject
        self.erased_at = erased_at


class RecordUnknown(VaultError):
    """The subject has no record of this name and version."""


class RecordChanged(VaultError):
    """`version` is the newest one."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the newest version is {version}")
        self.version = version


class IndexTaken(VaultError):
    """The value under the index `name` belongs to another subject."""

    def __init__(self, name: str) -> None:
        super().__init__(f"this {name} belongs to another subject")
        self.name = name


class OnHold(VaultError):
    """`basis` says which duty keeps the data until Unix second `until` (None: until lifted)."""

    def __init__(self, basis: str, until: int | None) -> None:
        super().__init__(f"kept by law: {basis}")
        self.basis = basis
        self.until = until


class ScrubBlocked(VaultError):
    """Somebody holds a read transaction open; try again."""
