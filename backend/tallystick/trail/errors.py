"""Why the trail cannot be anchored or an entry not proven.

::

    TrailError
    ├── TrailBroken    rows of the trail are not what they were when they were written
    ├── EntryUnknown   there is no entry of this number
    ├── NotAnchored    no anchored root covers the entry yet
    └── ProofInvalid   a proof does not lead to the root
"""

from __future__ import annotations


class TrailError(Exception):
    """Base of all errors of this package."""


class TrailBroken(TrailError):
    """The message says where."""


class EntryUnknown(TrailError):
    """`number` is not in the trail."""


class NotAnchored(TrailError):
    """Anchor the trail first."""


class ProofInvalid(TrailError):
    """The message says how."""
