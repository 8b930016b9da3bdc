"""Why a request about personal data is refused.

::

    RightsError
    ├── PurposeUnknown    no such purpose, record, or version of a text
    ├── ReadRefused       the purpose does not permit this read; `reason` says why
    ├── FieldRefused      a value cannot be stored
    ├── ConsentMissing    there is no consent to withdraw
    ├── ObjectionUnknown  no such objection
    ├── ObjectionFiled    the subject has objected to this decision
    ├── ObjectionClosed   the objection was answered
    └── OwnObjection      nobody answers his own objection
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


class ObjectionUnknown(RightsError):
    """No objection has this id."""


class ObjectionFiled(RightsError):
    """One objection to a decision."""


class ObjectionClosed(RightsError):
    """An answer stands."""


class OwnObjection(RightsError):
    """Another person answers."""
