"""Words of the pages of one's own. Every key of the tables is a value of the API."""

from __future__ import annotations

from dataclasses import dataclass

from babel.support import NullTranslations

from tallystick.web import phrases_lending
from tallystick.web.phrases_integration import INTEGRATION_TABLES
from tallystick.web.phrases_staff import STAFF_TABLES
from tallystick.web.words import N_

PLACES = (
    ("/me", N_("Overview")),
    ("/me/applications", N_("Credit")),
    ("/me/lending", N_("Lending")),
    ("/me/calendar", N_("Calendar")),
    ("/me/statements", N_("Statements")),
    ("/me/repairs", N_("Repair")),
    ("/me/messages", N_("Messages")),
    ("/me/matters", N_("Concerns")),
    ("/me/identity", N_("Identity")),
    ("/me/wallets", N_("Wallets")),
    ("/me/privacy", N_("Privacy")),
    ("/me/keys", N_("API")),
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
CAUSE = {
    "unstated": N_("not stated"),
    "illness": N_("illness"),
    "loss_of_work": N_("loss of work"),
    "loss_of_income": N_("loss of income or harvest"),
    "disaster": N_("disaster"),
    "family": N_("family"),
    "business": N_("business"),
    "dispute": N_("dispute"),
    "convenience": N_("agreement of convenience"),
}
STAGE = {
    "assessment": N_("being assessed"),
    "problem": N_("a person looks at it"),
    "plan": N_("plans to choose from"),
    "consent": N_("new terms to sign"),
    "execution": N_("the plan runs"),
    "restored": N_("standing restored"),
    "settled": N_("settled"),
    "completed": N_("completed"),
    "withdrawn": N_("taken back"),
    "refused": N_("refused"),
    "relapsed": N_("the plan was not kept"),
}
MEASURE = {
    "extend": N_("more and smaller installments"),
    "re_age": N_("what is overdue becomes part of the debt"),
    "penalty_waiver": N_("the penalty is forgiven"),
    "holiday": N_("no payments for some time"),
    "lower_rate": N_("a lower rate"),
    "restructure": N_("lower rate, more installments, part forgiven"),
}
MAKER = {
    "borrower": N_("me"),
    "lender": N_("the lender"),
    "service": N_("the rules"),
    "staff": N_("a person here"),
}
REPAIR_OFFER = {
    "open": N_("open"),
    "agreed": N_("agreed"),
    "refused": N_("refused"),
    "expired": N_("expired"),
    "awaits_borrower": N_("waits for me"),
    "awaits_lender": N_("waits for the lender"),
}
CHANGE = {
    "awaiting_signatures": N_("Waiting for signatures"),
    "signed": N_("Signed by all"),
    "executed": N_("In force"),
    "superseded": N_("Overtaken"),
    "expired": N_("Expired"),
}
CHANNEL = {
    "email": N_("e-mail"),
    "sms": N_("text message"),
    "chat": N_("chat"),
    "webhook": N_("webhook"),
}
DELIVERY = {
    "pending": N_("on its way"),
    "sent": N_("sent"),
    "failed": N_("failed"),
    "dropped": N_("not sent"),
}
DELIVERY_REASON = {
    "stopped": N_("you wished so"),
    "no_address": N_("no address is known"),
    "superseded": N_("a newer message says more"),
}
CASE = {
    "open": N_("waits for you"),
    "in_review": N_("a person looks at it"),
    "approved": N_("approved"),
    "refused": N_("refused"),
    "withdrawn": N_("taken back"),
}
PART = {
    "document_front": N_("The document's front"),
    "document_back": N_("The document's back"),
    "selfie": N_("Your face"),
    "address_proof": N_("A proof of your address"),
}
CHECK = {
    "document": N_("Document"),
    "sanctions": N_("Sanctions lists"),
    "liveness": N_("Face"),
    "address": N_("Address"),
}
OUTCOME_OF_CHECK = {
    "passed": N_("passed"),
    "failed": N_("failed"),
    "review": N_("a person looks at it"),
}
CHECK_REASON = {
    "name_differs": N_("the name is another one"),
    "birth_date_differs": N_("the day of birth is another one"),
    "country_differs": N_("the country is another one"),
    "expired": N_("it has expired"),
    "image_unreadable": N_("the picture cannot be read"),
    "not_the_same_person": N_("the face is another one"),
    "listed": N_("the person is on a sanctions list"),
    "forged": N_("the document is not genuine"),
}
FIELD = {
    "full_name": N_("Full name"),
    "birth_date": N_("Day of birth"),
    "country": N_("Country (two letters)"),
    "email": N_("E-mail address"),
    "phone": N_("Telephone, as in +8613800138000"),
    "street": N_("Street"),
    "city": N_("City"),
    "postal_code": N_("Postal code"),
}
PURPOSE = {
    "scoring": N_("Being scored"),
    "shop_data": N_("Figures from online shops"),
    "device_data": N_("Figures about my device"),
    "meter_data": N_("Figures from meters and sensors"),
    "publish_standing": N_("Showing my credit record"),
    "news": N_("News of offers"),
}
MATTER = {
    "dispute": N_("Dispute about a loan"),
    "complaint": N_("Complaint about us"),
    "feedback": N_("Feedback: what helps, what is missing"),
}
TOPIC = {
    "amount": N_("the amount"),
    "payment_missing": N_("a payment that is missing"),
    "not_my_loan": N_("a loan that is not mine"),
    "terms": N_("the terms"),
    "contacts": N_("being contacted"),
    "conduct": N_("somebody's conduct"),
    "data": N_("my data"),
    "product": N_("these pages and the API"),
    "other": N_("something else"),
}
MATTER_STATE = {
    "open": N_("waits for an answer"),
    "answered": N_("answered"),
    "withdrawn": N_("taken back"),
}
ENTRY = {
    "told": N_("told to whom you allow it"),
    "expired": N_("told to nobody any more"),
    "corrected": N_("corrected"),
    "disputed": N_("disputed, waits for an answer"),
    "suspended": N_("told to nobody: your dispute was not answered in time"),
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

    def all(self, table: str) -> list[tuple[str, str]]:
        """Every value of a table with its word, to choose from."""
        return [(key, self.of(table, key)) for key in TABLES[table]]


TABLES = {
    "plan": PLAN,
    "application": APPLICATION,
    "outcome": OUTCOME,
    "objection": OBJECTION,
    "limit": LIMIT,
    "cause": CAUSE,
    "stage": STAGE,
    "measure": MEASURE,
    "maker": MAKER,
    "repair_offer": REPAIR_OFFER,
    "change": CHANGE,
    "channel": CHANNEL,
    "delivery": DELIVERY,
    "delivery_reason": DELIVERY_REASON,
    "case": CASE,
    "part": PART,
    "check": CHECK,
    "outcome_of_check": OUTCOME_OF_CHECK,
    "check_reason": CHECK_REASON,
    "field": FIELD,
    "purpose": PURPOSE,
    "matter": MATTER,
    "topic": TOPIC,
    "matter_state": MATTER_STATE,
    "entry": ENTRY,
    "level": LEVEL,
    "jurisdiction": JURISDICTION,
    "declared": DECLARED,
    **STAFF_TABLES,
    **phrases_lending.TABLES,
    **INTEGRATION_TABLES,
}
