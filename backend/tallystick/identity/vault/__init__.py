"""Personal data at rest, sealed under a key of each subject's own.

Two files: one of sealed fields, and beside it one of the subjects' wrapped keys and blind indexes.
Without its key a subject's fields are noise, so a copy of the first file holds nobody's data.
"""

from tallystick.identity.vault.errors import (
    IndexTaken,
    KeyServiceInvalid,
    KeyUnknown,
    OnHold,
    RecordChanged,
    RecordUnknown,
    ScrubBlocked,
    SealBroken,
    SubjectErased,
    SubjectUnknown,
    VaultError,
)
from tallystick.identity.vault.vault import Record, RecordHead, Vault

__all__ = [
    "IndexTaken",
    "KeyServiceInvalid",
    "KeyUnknown",
    "OnHold",
    "Record",
    "RecordChanged",
    "RecordHead",
    "RecordUnknown",
    "ScrubBlocked",
    "SealBroken",
    "SubjectErased",
    "SubjectUnknown",
    "Vault",
    "VaultError",
]
