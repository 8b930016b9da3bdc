"""Why access is refused.

::

    AccessError
    ├── MessageRefused   the signed message is not the one that was asked for; `reason` says how
    ├── SessionInvalid   no such session, or it has ended
    ├── WalletUnknown    the subject has no such wallet
    └── LastWallet       the only wallet of a subject cannot be taken away
"""

from __future__ import annotations


class AccessError(Exception):
    """Base of all errors of this package."""


class MessageRefused(AccessError):
    """`reason` is one of form, address, domain, uri, chain, statement, nonce, time, signature."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class SessionInvalid(AccessError):
    """The token or id belongs to no session that is still open."""


class WalletUnknown(AccessError):
    """The wallet is not bound to this subject."""


class LastWallet(AccessError):
    """Without any wallet the subject could never sign in again."""
