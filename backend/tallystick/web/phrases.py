"""Words of the pages of one's own. Every key of the tables is a value of the API."""

from __future__ import annotations

from dataclasses import dataclass

from babel.support import NullTranslations

from tallystick.web.words import N_

PLACES = (
    ("/me", N_("Overview")),
    ("/me/applications", N_("Credit")),
)
PLAN = {
    "equal_installments": N_("level installments"),
    "equal_principal": N_("equal principal"),
    "interest_only": N_("interest only, principal at the end"),
    "bullet": N_("everything at maturity"),
    "fixed_principal_percent_with_balloon": N_("a share each time, the rest at the end"),
    "custom": N_("made for your income"),
}
APPLICATION = {
    "offered": N_("Offer to accept"),
    "accepted": N_("Accepted"),
    "originated": N_("Paid out"),
    "expired": N_("Expired"),
    "in_review": N_("A person looks at it"),
    "declined": N_("Declined"),
}
OUTCOME = {
    "approve": N_("it is approved"),
    "refer": N_("a person looks at it"),
    "decline": N_("it is declined"),
}
OBJECTION = {
    "upheld": N_("A person has looked at it again: the decision stands."),
    "overturned": N_("A person has looked at it again: the decision was changed."),
}
LIMIT = {
    "limit_product": N_("the product"),
    "limit_grade": N_("your grade"),
    "limit_loss": N_("the loss to be expected"),
    "limit_exposure": N_("what you owe already"),
    "limit_concentration": N_("how much is lent to borrowers alike"),
    "limit_budget": N_("your tightest month"),
}
LEVEL = {
    "none": N_("not known yet"),
    "declared": N_("declared"),
    "basic": N_("basic"),
    "verified": N_("verified"),
    "enhanced": N_("enhanced"),
}
JURISDICTION = {"CN": N_("China"), "JP": N_("Japan"), "KE": N_("Kenya")}
DECLARED = {
    "negative": N_("overdrawn"),
    "low": N_("a little"),
    "high": N_("plenty"),
    "none": N_("none"),
    "none_taken": N_("never borrowed"),
    "all_paid": N_("all repaid"),
    "running_paid": N_("running, paid in time"),
    "delayed": N_("was late before"),
    "critical": N_("in difficulties"),
    "new_car": N_("a new car"),
    "used_car": N_("a used car"),
    "furniture": N_("furniture"),
    "electronics": N_("electronics"),
    "appliances": N_("household appliances"),
    "repairs": N_("repairs"),
    "education": N_("education"),
    "retraining": N_("retraining"),
    "business": N_("business"),
    "other": N_("something else"),
    "below_100": N_("below 100"),
    "below_500": N_("100 to 500"),
    "below_1000": N_("500 to 1,000"),
    "more": N_("more"),
    "unknown": N_("unknown"),
    "unemployed": N_("not employed"),
    "below_1_year": N_("less than a year"),
    "below_4_years": N_("1 to 4 years"),
    "below_7_years": N_("4 to 7 years"),
    "longer": N_("longer"),
    "co_applicant": N_("a co-applicant"),
    "guarantor": N_("a guarantor"),
    "real_estate": N_("real estate"),
    "savings_plan": N_("savings plan or life insurance"),
    "car_or_other": N_("a car or other things"),
    "bank": N_("at a bank"),
    "stores": N_("at stores"),
    "rent": N_("rented"),
    "own": N_("owned"),
    "free": N_("free of charge"),
    "unskilled": N_("unskilled"),
    "skilled": N_("skilled"),
    "management": N_("management or self-employed"),
    "registered": N_("registered"),
}
"""Levels of the catalogue that comes with the service; those of another are told as they stand."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words in one language."""

    catalogue: NullTranslations

    def places(self) -> list[tuple[str, str]]:
        """The pages of one's own: address and name."""
        return [(address, self.catalogue.gettext(name)) for address, name in PLACES]

    def of(self, table: str, key: str) -> str:
        """The word for a value; a lender's own value is told as it stands."""
        word = TABLES[table].get(key)
        return key.replace("_", " ") if word is None else self.catalogue.gettext(word)


TABLES = {
    "plan": PLAN,
    "application": APPLICATION,
    "outcome": OUTCOME,
    "objection": OBJECTION,
    "limit": LIMIT,
    "level": LEVEL,
    "jurisdiction": JURISDICTION,
    "declared": DECLARED,
}
