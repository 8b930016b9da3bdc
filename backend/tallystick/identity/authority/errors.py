"""Why an act is not permitted.

::

    AuthorityError
    ├── RoleMissing       the subject has no role that permits it
    ├── SameEyes          the one who checks is the one who asked
    ├── ApprovalUnknown   no such request
    ├── ApprovalClosed    the request was decided, withdrawn, used or is too old; `state` says which
    ├── MatterInvalid     the request does not say what its matter needs
    ├── KeyInvalid        the API key is unknown, revoked or expired
    └── KeyExcessive      the request for a key asks for too much
"""

from __future__ import annotations


class AuthorityError(Exception):
    """Base of all errors of this package."""


class RoleMissing(AuthorityError):
    """`roles` are those of which one would do."""

    def __init__(self, roles: frozenset[str]) -> None:
        super().__init__(f"one of these roles is needed: {', '.join(sorted(roles))}")
        self.roles = roles


class SameEyes(AuthorityError):
    """Nobody checks what he asked for, and nobody decides about himself."""


class ApprovalUnknown(AuthorityError):
    """No request has this id."""


class ApprovalClosed(AuthorityError):
    """`state` is what became of the request."""

    def __init__(self, state: str) -> None:
        super().__init__(f"the request is {state}")
        self.state = state


class MatterInvalid(AuthorityError):
    """The message names what is missing or of the wrong form."""


class KeyInvalid(AuthorityError):
    """There is no such key that is still good."""


class KeyExcessive(AuthorityError):
    """The message names what exceeds what the owner may give a key."""
