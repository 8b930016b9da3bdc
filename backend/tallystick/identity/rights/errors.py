"""Why a request about personal data is refused.

::

    RightsError
    ├── PurposeUnknown    no such purpose, record, or version of a text
    ├── ReadRefused       the purpose does not permit this read; `reason` says why
    ├── FieldRefused      a value cannot be stored
    └── ConsentMissing    there is no consent to withdraw
"""

from __future__ import annotations


class RightsError(Exception):
    """Base of all errors of this package."""


class PurposeUnknown(RightsError):
    """The message names what is unknown."""


class ReadRefused(RightsError):
    """`reason` is record, consent or restricted."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"this purpose does not permit the read: {reason}")
        self.reason = reason


class FieldRefused(RightsError):
    """`field` breaks `rule` (a short English sentence)."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class ConsentMissing(RightsError):
    """The subject has not consented to this purpose."""
