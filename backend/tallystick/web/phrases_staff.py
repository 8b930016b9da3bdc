"""Words of the staff's pages. Every key of the tables is a value of the API."""

from __future__ import annotations

from tallystick.web.words import N_

ROLE = {
    "borrower": N_("borrower"),
    "lender": N_("lender"),
    "reviewer": N_("reviewer"),
    "risk_officer": N_("risk officer"),
    "collector": N_("collector"),
    "auditor": N_("auditor"),
    "administrator": N_("administrator"),
    "integrator": N_("integrator"),
}
ASKED = {
    "grant_role": N_("Give a role"),
    "revoke_role": N_("Take a role away"),
    "rotate_keys": N_("Change the keys of personal data"),
    "write_off": N_("Write a loan off"),
    "waiver": N_("Forgive part of a debt"),
    "identity_level": N_("Confirm an identity"),
    "approve_application": N_("Approve an application"),
    "hand_over": N_("Hand a case to an agency"),
    "repair_offer": N_("Accept a repair plan for the lender"),
}
REQUEST_STATE = {
    "pending": N_("waits for a second person"),
    "approved": N_("agreed, not used yet"),
    "refused": N_("refused"),
    "withdrawn": N_("taken back"),
    "expired": N_("expired"),
    "done": N_("done"),
}
REVIEW_CAUSE = {
    "referral": N_("referred by the rules"),
    "objection": N_("the applicant objects"),
}
REVIEW_OUTCOME = {
    "approve": N_("approved by two people"),
    "decline": N_("declined by a person"),
}
SEVERITY = {
    "info": N_("for information"),
    "refer": N_("a person decides"),
    "decline": N_("stands against lending"),
}
JUDGEMENT = {
    "confirmed": N_("confirmed"),
    "cleared": N_("cleared"),
}
FRAUD_RULE = {
    "velocity": N_("many applications at once"),
    "duplicate": N_("same particulars as another"),
    "known_fraud": N_("link to a confirmed fraud"),
    "ring": N_("linked applicants"),
    "ring_fraud": N_("linked to a confirmed fraud"),
    "sanctions_name": N_("name on a sanctions list"),
    "sanctions_wallet": N_("wallet on a sanctions list"),
    "statement_arithmetic": N_("bank statement does not add up"),
    "statement_repeats": N_("bank statement repeats entries"),
    "statement_gap": N_("bank statement has a gap"),
    "statement_stale": N_("bank statement is old"),
    "statement_currencies": N_("bank statement in several currencies"),
}
CASE_FOR_STAFF = {
    "open": N_("its owner goes on"),
    "in_review": N_("waits for us"),
    "approved": N_("approved"),
    "refused": N_("refused"),
    "withdrawn": N_("taken back"),
}
DOCUMENT = {
    "mrz": N_("passport or card"),
    "cn_id": N_("Chinese identity card"),
    "cn_firm": N_("Chinese firm"),
}
SHOWN = {
    "document_front": N_("Document, front"),
    "document_back": N_("Document, back"),
    "selfie": N_("Face"),
    "address_proof": N_("Proof of address"),
}
FACT = {
    "months": N_("months covered"),
    "income": N_("income, 30 days"),
    "expenses": N_("expenses, 30 days"),
    "net": N_("left over, 30 days"),
    "regular_income": N_("regular income, 30 days"),
    "regular_share": N_("share of regular income"),
    "volatility": N_("swing from month to month"),
    "lowest_balance": N_("lowest balance"),
    "overdrawn_share": N_("share of days overdrawn"),
    "returned_payments": N_("payments sent back"),
    "largest_source": N_("share of the largest payer"),
    "income_trend": N_("second half of the income to the first"),
    "statements": N_("statements"),
    "wrong_balances": N_("balances that do not add up"),
    "repeats": N_("entries twice"),
    "longest_gap": N_("longest gap, days"),
    "days_old": N_("days since the last entry"),
    "income_gap_pct": N_("declared above what is seen, per cent"),
    "loans": N_("loans here"),
    "running": N_("loans running"),
    "dues": N_("installments that fell due"),
    "late_dues": N_("of them late"),
    "days_late_now": N_("days late now"),
    "worst_days_late": N_("most days late"),
    "losses": N_("losses"),
    "age_days": N_("age in days"),
}
"""Figures of a case; others are told by the name that the rules know."""

STAFF_TABLES = {
    "staff_role": ROLE,
    "asked": ASKED,
    "request_state": REQUEST_STATE,
    "review_cause": REVIEW_CAUSE,
    "review_outcome": REVIEW_OUTCOME,
    "hit_severity": SEVERITY,
    "judgement": JUDGEMENT,
    "fraud_rule": FRAUD_RULE,
    "staff_case": CASE_FOR_STAFF,
    "document": DOCUMENT,
    "shown": SHOWN,
    "fact": FACT,
}
