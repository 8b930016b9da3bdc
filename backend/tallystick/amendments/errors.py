"""Why a change of a loan cannot be made, beside what `tallystick.offers.errors` names."""

from __future__ import annotations

from tallystick.offers.errors import OfferError


class LoanClosed(OfferError):
    """Nothing is owed any more, so there is nothing to agree on."""


class TermsReplaced(OfferError):
    """Other terms than those that the change replaces are in force, or its claim moved."""
