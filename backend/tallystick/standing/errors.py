"""Why something about a credit record cannot be done.

::

    StandingError
    ├── EntryUnknown      there is no such entry in the record
    ├── DisputeUnknown    there is no such dispute
    ├── DisputeClosed     it was answered, or the entry is disputed already
    └── NotRestored       the repair did not restore standing, or it was lost since
"""

from __future__ import annotations


class StandingError(Exception):
    """Root of the tree."""


class EntryUnknown(StandingError):
    """The id says nothing."""


class DisputeUnknown(StandingError):
    """The id says nothing."""


class DisputeClosed(StandingError):
    """The message is a short English sentence."""


class NotRestored(StandingError):
    """There is nothing to attest."""
