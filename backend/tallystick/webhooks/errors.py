"""Why a webhook is refused or not delivered.

::

    WebhookError
    ├── WebhookUnknown   the owner has no such webhook or message
    ├── WebhooksTooMany  the owner has as many as may be
    └── UrlRefused       the address must not be called; `reason` says why
"""

from __future__ import annotations


class WebhookError(Exception):
    """Base of all errors of this package."""


class WebhookUnknown(WebhookError):
    """No such webhook or message of this owner."""


class WebhooksTooMany(WebhookError):
    """One has to go first."""


class UrlRefused(WebhookError):
    """`reason` is form, scheme, unresolved or private."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the address is refused: {reason}")
        self.reason = reason
