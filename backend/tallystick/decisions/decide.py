"""A whole decision: score, judgement, and the agreement that would be signed."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.decisions.agreements import PlanDiffers, check_budget, terms_of
from tallystick.decisions.case import Case
from tallystick.decisions.document import canonical
from tallystick.decisions.engine import Outcome, judge
from tallystick.decisions.reasons import reason
from tallystick.decisions.releases import Bench
from tallystick.loans.agreement import Agreement
from tallystick.offers.errors import TermsInvalid
from tallystick.offers.terms import build_agreement, hash_document


@dataclass(frozen=True, slots=True)
class Decided:
    """The outcome; where it has a proposal, the agreement with fresh nonces, and its document."""

    outcome: Outcome
    agreement: Agreement | None
    document: str


def decide(case: Case, bench: Bench, salt: bytes, waived: frozenset[str] = frozenset()) -> Decided:
    """What a bench makes of a case. Everything but the nonces follows from the two.

    A plan that the ledger would not carry exactly as the budget was promised is referred. Raises
    `DataInvalid` when the card cannot read the case.
    """
    product = bench.catalogue.products[case.product]
    scored = bench.scorer.score(case, product)
    outcome = judge(case, scored, bench.catalogue, bench.policy, waived)
    document = document_of(case)
    if outcome.proposal is None:
        return Decided(outcome, None, document)
    terms = terms_of(case, product, outcome.proposal, bench.policy.offer)
    try:
        agreement = build_agreement(
            terms, hash_document(salt, document), case.ledger.decimals, case.at
        )
        check_budget(agreement, case, outcome.proposal)
    except (PlanDiffers, TermsInvalid):
        outcome.verdict, outcome.proposal = "refer", None
        outcome.reasons.append(reason("plan_not_on_ledger", {}, bench.policy.reasons))
        return Decided(outcome, None, document)
    return Decided(outcome, agreement, document)


def document_of(case: Case) -> str:
    """What the agreement's document hash stands for: which application it answers."""
    members = ("application_id", "product", "purpose", "jurisdiction")
    return canonical({name: getattr(case, name) for name in members}).decode()
