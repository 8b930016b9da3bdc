"""Why a request about an identity case is refused.

::

    KycError
    ├── CaseUnknown      no such case, or not this subject's
    ├── CaseClosed       the case is not in the state that this needs; `state` is the one it is in
    ├── CaseOpen         the subject has a case that is not decided yet
    ├── PartMissing      a file that the level needs was not uploaded; `parts` names them
    ├── CheckFailed      a check failed or was not judged; `checks` names them
    ├── ImageRefused     a file is no image that can be kept; `reason` is a word
    ├── DocumentRefused  a document's data cannot be right; `reason` is a word
    ├── LevelMissing     the subject has no level that is in force
    └── ListsMissing     there is no list of sanctions to look into
"""

from __future__ import annotations


class KycError(Exception):
    """Base of all errors of this package."""


class CaseUnknown(KycError):
    """The caller has no case of this id."""


class CaseClosed(KycError):
    """`state` does not permit it."""

    def __init__(self, state: str) -> None:
        super().__init__(f"the case is {state}")
        self.state = state


class CaseOpen(KycError):
    """One case at a time."""


class PartMissing(KycError):
    """`parts` must be uploaded first."""

    def __init__(self, parts: list[str]) -> None:
        super().__init__(f"upload first: {', '.join(parts)}")
        self.parts = parts


class CheckFailed(KycError):
    """`checks` are not passed."""

    def __init__(self, checks: list[str]) -> None:
        super().__init__(f"not passed: {', '.join(checks)}")
        self.checks = checks


class ImageRefused(KycError):
    """`reason` is type, size, pixels, animated or damaged."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the image is refused: {reason}")
        self.reason = reason


class DocumentRefused(KycError):
    """`reason` is form, check_digits, birth_date or expiry."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the document's data is refused: {reason}")
        self.reason = reason


class LevelMissing(KycError):
    """There is nothing to attest."""


class ListsMissing(KycError):
    """Nobody can be looked up."""
