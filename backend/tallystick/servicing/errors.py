"""Why servicing refuses.

::

    ServicingError
    ├── PolicyInvalid      the servicing policy cannot be read; the message names the member
    ├── CloseRefused       nothing can be closed that way
    ├── CloseTaken         another process closes the same day
    ├── CaseUnknown        there is no such case, promise or dispute
    ├── CaseOver           its state does not allow this; `state` says which it is
    ├── CaseExists         there is one already
    ├── ContactRefused     the borrower may not be contacted now; `reason`, and `next_at` if known
    ├── PromiseRefused     such a promise cannot be taken
    ├── WordsUnkept        the borrower's wallet is nobody's here, so no words can be kept
    ├── AgencyUnknown      the policy names no such agency
    └── OwnCase            nobody decides about himself
"""

from __future__ import annotations


class ServicingError(Exception):
    """Base of all errors of this package."""


class PolicyInvalid(ServicingError):
    """The message names what is wrong, and where."""


class CloseRefused(ServicingError):
    """The message says why."""


class CloseTaken(ServicingError):
    """It went on with this close; nothing was written twice."""


class CaseUnknown(ServicingError):
    """The message names what was looked for."""


class CaseOver(ServicingError):
    """`state` is the present one."""

    def __init__(self, state: str) -> None:
        super().__init__(f"it is {state}")
        self.state = state


class CaseExists(ServicingError):
    """The message names what there is."""


class ContactRefused(ServicingError):
    """`reason` is quiet_hours, per_day, per_week or disputed; `next_at` in Unix seconds."""

    def __init__(self, reason: str, next_at: int | None) -> None:
        super().__init__(f"the borrower may not be contacted now: {reason}")
        self.reason = reason
        self.next_at = next_at


class PromiseRefused(ServicingError):
    """The message says why."""


class WordsUnkept(ServicingError):
    """Leave the words out."""


class AgencyUnknown(ServicingError):
    """Name one of the policy's."""


class OwnCase(ServicingError):
    """Somebody else must do this."""
