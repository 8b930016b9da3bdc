"""From an offer that both sides accept to what they sign: the change of the loan on chain."""

from __future__ import annotations

import secrets
from dataclasses import replace

from tallystick.amendments import service
from tallystick.amendments import store as changes
from tallystick.amendments.service import Plan
from tallystick.db import Database, write
from tallystick.decisions.document import canonical
from tallystick.identity.authority.approvals import Approval
from tallystick.identity.authority.matters import Matter
from tallystick.loans.calendar import date_of
from tallystick.offers.store import StoredSignature
from tallystick.repair import lessons, store
from tallystick.repair.basis import Basis
from tallystick.repair.errors import BeyondLimits, RepairConflict
from tallystick.repair.flow import SERVICE, Debt, Repairs
from tallystick.repair.plan import asks
from tallystick.repair.rules import exceeded
from tallystick.repair.store import Case, Offer, Side, Stage
from tallystick.trail.entry import Fact
from tallystick.trail.store import append


def accept(
    repairs: Repairs, index: Database, case: Case, offer: Offer, side: Side, actor: str, debt: Debt
) -> tuple[Case, Offer]:
    """One side accepts an offer. Where the lender's answer is delegated, it follows at once: yes
    within what its key may sign, no beyond the rules, and else two people decide.

    Raises `RepairConflict`, `TermsInvalid`, `LoanClosed`.
    """
    _check(case, offer, debt)
    offer = offer.accepted(side, debt.now)
    reason = f"{side}_accepts"
    if offer.lender_at is None and repairs.is_delegated(case):
        grade = repairs.grade_of(case)
        basis = Basis.of(debt.loan, debt.now, repairs.rules.valid_days)
        asked = asks(basis, offer.proposal)
        beyond = exceeded(asked, grade.limits)
        if beyond:
            offer = replace(offer, refused_at=debt.now, refused_for=beyond[0])
        elif grade.delegated is not None and not exceeded(asked, grade.delegated):
            offer = replace(offer, lender_at=debt.now)
            reason = "within_delegation"
    with repairs.access.file.open() as db, write(db) as conn:
        store.mark_offer(conn, offer)
        fact = Fact(actor, "repair_accept", f"{case.case_id}/{offer.number}", reason)
        append(conn, fact, repairs.access.vault.now())
    if offer.borrower_at is not None and offer.lender_at is not None:
        case = _to_consent(repairs, index, case, offer, actor, debt)
    return case, offer


def ask_approval(repairs: Repairs, case: Case, offer: Offer, maker: str, debt: Debt) -> Approval:
    """A person of the lender asks another one to agree to exactly this offer.

    Raises `RepairConflict`, `RoleMissing`.
    """
    _check(case, offer, debt)
    if not repairs.is_delegated(case):
        raise RepairConflict("the lender answers for itself")
    content = {"offer": offer.digest}
    asked = repairs.access.approvals.request(
        maker, Matter.REPAIR_OFFER, f"{case.case_id}/{offer.number}", content
    )
    with repairs.access.file.open() as db, write(db) as conn:
        store.mark_offer(conn, replace(offer, approval_id=asked.approval_id))
    return asked


def use_approval(
    repairs: Repairs, index: Database, case: Case, offer: Offer, actor: str, debt: Debt
) -> tuple[Case, Offer]:
    """The lender accepts what two people agreed on.

    Raises `RepairConflict`, `ApprovalClosed`, `BeyondLimits`.
    """
    _check(case, offer, debt)
    if offer.approval_id is None:
        raise RepairConflict("nobody has asked for the second person's agreement")
    basis = Basis.of(debt.loan, debt.now, repairs.rules.valid_days)
    beyond = exceeded(asks(basis, offer.proposal), repairs.grade_of(case).limits)
    if beyond:
        raise BeyondLimits(tuple(beyond))
    object_ = f"{case.case_id}/{offer.number}"
    done = repairs.access.approvals.use(actor, offer.approval_id, Matter.REPAIR_OFFER, object_)
    if done.content["offer"] != offer.digest:
        raise RepairConflict("the offer is not the one that was agreed to")
    return accept(repairs, index, case, offer, "lender", actor, debt)


def sign_for_lender(repairs: Repairs, index: Database, case: Case, now: int) -> bool:
    """Puts the delegated lender's signature under an agreed plan, once the borrower has passed the
    lessons that are its condition. Whether there is one now."""
    if case.change_id is None or case.agreed is None or case.stage is not Stage.CONSENT:
        return False
    change = changes.get(index, case.change_id)
    if change is None or repairs.lender is None or change.holder != repairs.lender.address:
        return False
    if "lender" in change.signatures:
        return True
    with repairs.access.file.open() as db:
        offer = store.offer_of(db, case.case_id, case.agreed)
        if lessons.missing(db, case.subject, offer.proposal.lessons):
            return False
    signature = StoredSignature(repairs.lender.sign(repairs.access.rpc, change.digest), now)
    changes.put_signature(index, change.change_id, "lender", signature)
    return True


def lesson_passed(repairs: Repairs, index: Database, subject: str, now: int) -> None:
    """Lets the lender sign what waited for a lesson that the subject has passed now."""
    with repairs.access.file.open() as db:
        found = store.of_subject(db, subject)
    for case in found:
        sign_for_lender(repairs, index, case, now)


def plan_text(case_id: str, offer: Offer) -> str:
    """The plan as it is hashed: the case's id, which says nothing, and what was agreed on."""
    told = {"case": case_id, "offer": offer.number, "plan": offer.proposal.to_json()}
    return canonical(told).decode()


def _check(case: Case, offer: Offer, debt: Debt) -> None:
    if case.stage is not Stage.PLAN:
        raise RepairConflict("offers can be accepted while a plan is sought")
    if not offer.is_open:
        raise RepairConflict("the offer was refused or accepted already")
    if debt.now > offer.valid_until:
        raise RepairConflict("the offer has expired")


def _to_consent(
    repairs: Repairs, index: Database, case: Case, offer: Offer, actor: str, debt: Debt
) -> Case:
    """What both accepted becomes what both sign; a plan without new terms begins at once."""
    proposal = offer.proposal
    plan = Plan.of(secrets.token_bytes(32), plan_text(case.case_id, offer))
    if proposal.terms is not None:
        change = service.create_amendment(
            index,
            debt.loan,
            proposal.terms,
            plan,
            proposal.until,
            debt.now,
            case.case_id,
            date_of(proposal.start),
        )
    elif proposal.amount is not None:
        change = service.create_settlement(
            index,
            debt.loan,
            proposal.amount,
            case.cause.number,
            plan,
            proposal.until,
            debt.now,
            case.case_id,
        )
    else:
        case = repairs.move(
            case, Stage.CONSENT, actor, "both_accept", debt.now, agreed=offer.number
        )
        return repairs.move(case, Stage.EXECUTION, SERVICE, "no_new_terms", debt.now)
    case = repairs.move(
        case,
        Stage.CONSENT,
        actor,
        "both_accept",
        debt.now,
        agreed=offer.number,
        change_id=change.change_id,
        holder=debt.loan.holder,
    )
    sign_for_lender(repairs, index, case, debt.now)
    return case
