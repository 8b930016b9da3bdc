"""Why servicing refuses.

::

    ServicingError
    ├── PolicyInvalid      the servicing policy cannot be read; the message names the member
    ├── CloseRefused       nothing can be closed that way
    └── CloseTaken         another process closes the same day
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
