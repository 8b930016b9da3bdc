"""An offer in the shape in which a page tells of a loan."""

from __future__ import annotations

from types import SimpleNamespace

from tallystick.api.schemas.offers import Offer
from tallystick.web.formats import is_account


def offered(offer: Offer) -> SimpleNamespace:
    """What the words on the terms ask of a loan, of one that does not exist yet."""
    terms = offer.agreement
    return SimpleNamespace(
        originated=None,
        borrower=terms.borrower,
        lender=terms.lender,
        holder=terms.lender,
        principal=terms.principal,
        annual_rate=terms.annual_rate,
        restructurings=0,
        accelerated=False,
        status="offered",
        autopay=True,
        guarantees=[],
        escrow=None,
    )


def parties_of(offer: Offer) -> list[tuple[str, str]]:
    """Who signs: role and address."""
    terms = offer.agreement
    parties = [("borrower", terms.borrower), ("lender", terms.lender)]
    guarantor = terms.conditions.guarantor
    return [*parties, ("guarantor", guarantor)] if is_account(guarantor) else parties
