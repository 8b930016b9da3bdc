"""Why an offer cannot be built, signed or submitted.

::

    OfferError
    ├── TermsInvalid        a term is missing, superfluous or out of bounds
    ├── SignerNotParty      the signer is neither borrower nor lender
    ├── SignatureInvalid    the signature is not the signer's over this agreement
    ├── OfferExpired        the deadline has passed
    └── SignatureMissing    a party has not signed and does not send the transaction itself
"""

from __future__ import annotations


class OfferError(Exception):
    """Root of the tree."""


class TermsInvalid(OfferError):
    """`field` of the terms breaks `rule` (a short English sentence)."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class SignerNotParty(OfferError):
    """Only borrower and lender sign."""


class SignatureInvalid(OfferError):
    """Neither an ECDSA signature of the account nor accepted by it as a contract."""


class OfferExpired(OfferError):
    """`deadline`, in Unix seconds, has passed."""

    def __init__(self, deadline: int) -> None:
        super().__init__(f"the deadline {deadline} has passed")
        self.deadline = deadline


class SignatureMissing(OfferError):
    """`roles` have not signed yet."""

    def __init__(self, roles: tuple[str, ...]) -> None:
        super().__init__(f"signature missing: {', '.join(roles)}")
        self.roles = roles
