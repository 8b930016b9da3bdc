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

MATTER = {
    "dispute": N_("Dispute"),
    "complaint": N_("Complaint"),
    "feedback": N_("Feedback"),
}
DISPUTE_OUTCOME = {
    "upheld": N_("it is as they say"),
    "partly_upheld": N_("in part it is as they say"),
    "rejected": N_("we see it otherwise"),
}
OBJECTION_OUTCOME = {
    "upheld": N_("the decision stands"),
    "overturned": N_("the decision was changed"),
}
RECORD_OUTCOME = {
    "corrected": N_("the entry is wrong and is taken out"),
    "stands": N_("the entry stands"),
}
RECORD_REASON = {
    "payment_found": N_("the payment was found"),
    "wrong_loan": N_("it is of another loan"),
    "wrong_date": N_("the day is wrong"),
    "our_error": N_("an error of ours"),
    "chain_says_so": N_("the chain says so"),
}
COLLECTION_STATE = {
    "open": N_("with us"),
    "agency": N_("with an agency"),
    "closed": N_("closed"),
}
CLOSURE = {
    "cured": N_("nothing is overdue any more"),
    "nothing_owed": N_("nothing is owed any more"),
    "not_on_chain": N_("the chain took the loan back"),
    "repair_agreed": N_("new terms were agreed"),
    "written_off": N_("the claim was written off"),
    "mistake": N_("opened by mistake"),
}
CASE_ACTION = {
    "remind": N_("Remind the borrower"),
    "ask_allowance": N_("Ask for a larger allowance or balance"),
    "call": N_("Call the borrower"),
    "offer_repair": N_("Offer new terms before default"),
    "review_plan": N_("Look at the agreed plan again"),
    "tell_guarantor": N_("Tell the guarantor"),
    "letter": N_("Write a letter"),
    "visit": N_("Visit the borrower"),
    "legal": N_("Prepare legal steps"),
    "wait": N_("Wait, with a reason"),
}
DIRECTION = {
    "out": N_("we began"),
    "in": N_("the borrower began"),
}
CONTACT_CHANNEL = {
    "call": N_("telephone"),
    "message": N_("text message"),
    "email": N_("e-mail"),
    "letter": N_("letter"),
    "visit": N_("visit"),
}
CONTACT_OUTCOME = {
    "reached": N_("reached"),
    "not_reached": N_("not reached"),
    "left_message": N_("left a message"),
    "promised": N_("promised to pay"),
    "refused": N_("refused to talk"),
    "wrong_person": N_("another person answered"),
}
PROMISE_STATE = {
    "open": N_("not due yet"),
    "kept": N_("kept"),
    "broken": N_("not kept"),
    "withdrawn": N_("taken back"),
}
SEVERITY_OF_TROUBLE = {
    "light": N_("light"),
    "medium": N_("medium"),
    "severe": N_("severe"),
}
STEP_BY = {
    "borrower": N_("the borrower"),
    "lender": N_("the lender"),
    "service": N_("the rules"),
    "staff": N_("a person here"),
}
STAFF_OFFER = {
    "open": N_("open"),
    "agreed": N_("agreed"),
    "refused": N_("refused"),
    "expired": N_("expired"),
    "awaits_borrower": N_("waits for the borrower"),
    "awaits_lender": N_("waits for the lender"),
}
REPAIR_REFUSAL = {
    "no_plan_bears": N_("no plan bears the debt"),
    "no_answer": N_("no answer"),
    "not_proven": N_("not proven"),
    "paid_meanwhile": N_("paid meanwhile"),
}
EVIDENCE_KIND = {
    "document": N_("a document"),
    "photo": N_("a photo"),
    "sick_note": N_("a sick note"),
}
RECEIPT = {
    "open": N_("to decide"),
    "matched": N_("to be paid"),
    "sending": N_("being paid"),
    "paid": N_("paid"),
    "returned": N_("went back"),
    "ignored": N_("none of ours"),
}
RECEIPT_REASON = {
    "no_reference": N_("no reference"),
    "reference_invalid": N_("the reference cannot be right"),
    "unknown_reference": N_("no loan has this reference"),
    "several_references": N_("several references"),
    "surplus": N_("more than is owed"),
    "loan_closed": N_("the loan is closed"),
    "wrong_currency": N_("another currency"),
    "wrong_token": N_("another token"),
    "charged_back": N_("charged back"),
    "refused": N_("the book refused the payment"),
}
VERDICT = {
    "equal": N_("equal to the chain"),
    "waits": N_("equal; some waits"),
    "differs": N_("differs from the chain"),
}
ASSET_CLASS = {
    "normal": N_("normal"),
    "special_mention": N_("special mention"),
    "substandard": N_("substandard"),
    "doubtful": N_("doubtful"),
    "loss": N_("loss"),
}
JOB = {
    "close": N_("Close of business days"),
    "decisions-root": N_("Root of the day's decisions"),
    "standings": N_("Standing of borrowers"),
    "early-warning": N_("Early warning"),
    "cases": N_("Cases of loans that fall behind"),
    "repair": N_("Repairs"),
    "identity-recheck": N_("Identities looked up again"),
    "screening-retention": N_("Retention of screening"),
    "vault-retention": N_("Retention of personal data"),
}
TRAIL_ACT = {
    "begin_session": N_("signed in"),
    "end_session": N_("signed out"),
    "read": N_("read"),
    "give_consent": N_("gave consent"),
    "withdraw_consent": N_("withdrew consent"),
    "bind_wallet": N_("bound a wallet"),
    "unbind_wallet": N_("unbound a wallet"),
    "open_case": N_("opened an identity case"),
    "submit_case": N_("handed a case in"),
    "withdraw_case": N_("took a case back"),
    "refuse_case": N_("refused a case"),
    "upload": N_("uploaded"),
    "end_level": N_("ended a level of identity"),
    "attest": N_("attested"),
    "request_approval": N_("asked for approval"),
    "approve": N_("agreed"),
    "refuse": N_("refused"),
    "use_approval": N_("used an approval"),
    "withdraw_request": N_("took a request back"),
    "expire_request": N_("let a request expire"),
    "grant_role": N_("gave a role"),
    "revoke_role": N_("took a role away"),
    "identity_level": N_("confirmed an identity"),
    "object": N_("objected"),
    "answer_dispute": N_("answered a matter"),
    "withdraw_dispute": N_("took a matter back"),
    "open_collection": N_("opened a case"),
    "assign_collection": N_("gave a case to somebody"),
    "act_in_collection": N_("recorded what was done"),
    "record_contact": N_("entered a contact"),
    "warn_collection": N_("early warning"),
    "hand_over_collection": N_("handed a case over"),
    "recall_collection": N_("took a case back from an agency"),
    "close_collection": N_("closed a case"),
    "promise": N_("promised to pay"),
    "withdraw_promise": N_("took a promise back"),
    "keep_release": N_("kept a release"),
    "propose_release": N_("proposed a release"),
    "approve_release": N_("approved a release"),
    "take_receipt": N_("took a receipt in"),
    "take_statement": N_("took a statement in"),
    "create_key": N_("made a key"),
    "rotate_key": N_("changed a key"),
    "revoke_key": N_("ended a key"),
    "erase": N_("erased"),
}
"""Acts of the trail; others are told by their own word."""
TRAIL_FINDING = {
    "changed": N_("an entry was changed"),
    "removed": N_("entries are missing"),
    "rewritten": N_("entries were rewritten after they were anchored"),
    "roots": N_("the node leaves a root out"),
}

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
    "staff_matter": MATTER,
    "dispute_outcome": DISPUTE_OUTCOME,
    "objection_outcome": OBJECTION_OUTCOME,
    "record_outcome": RECORD_OUTCOME,
    "record_reason": RECORD_REASON,
    "collection_state": COLLECTION_STATE,
    "closure": CLOSURE,
    "case_action": CASE_ACTION,
    "direction": DIRECTION,
    "contact_channel": CONTACT_CHANNEL,
    "contact_outcome": CONTACT_OUTCOME,
    "promise_state": PROMISE_STATE,
    "severity": SEVERITY_OF_TROUBLE,
    "step_by": STEP_BY,
    "staff_offer": STAFF_OFFER,
    "repair_refusal": REPAIR_REFUSAL,
    "evidence_kind": EVIDENCE_KIND,
    "receipt": RECEIPT,
    "receipt_reason": RECEIPT_REASON,
    "verdict": VERDICT,
    "asset_class": ASSET_CLASS,
    "job": JOB,
    "trail_act": TRAIL_ACT,
    "trail_finding": TRAIL_FINDING,
}
