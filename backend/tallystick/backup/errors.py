"""Why there is no backup, or none that can be used.

::

    BackupError
    ├── BackupBroken    the file was altered, cut, or written under another key
    └── BackupRefused   something is in the way; the message says what
"""

from __future__ import annotations


class BackupError(Exception):
    """Base of all errors of this package."""


class BackupBroken(BackupError):
    """Nothing of the file may be used."""


class BackupRefused(BackupError):
    """Nothing was written."""
