"""Lending as requests see it: where it is configured, what it raises, and its answers in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from starlette.requests import Request

from tallystick.api.problems import FieldError, Problem
from tallystick.api.schemas.applications import (
    Application,
    ApplicationStatus,
    DecisionReason,
    NamedLimit,
    ProposedLoan,
    Versions,
)
from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.types import rfc3339
from tallystick.api.state import ServerState
from tallystick.chain.errors import RpcRefused
from tallystick.config import Settings, SettingsError
from tallystick.db import Database
from tallystick.decisions.case import Ledger
from tallystick.decisions.engine import PPM
from tallystick.decisions.errors import (
    ApplicationInvalid,
    DecisionConflict,
    DecisionUnknown,
    InputsErased,
    LenderRefuses,
    NothingReleased,
    ReleaseRefused,
    StatementUnknown,
)
from tallystick.decisions.flow import Lending, Place
from tallystick.decisions.lender import Lender
from tallystick.decisions.releases import load_release
from tallystick.decisions.reviews import of_decision
from tallystick.decisions.store import Decision
from tallystick.identity.access.access import Access
from tallystick.identity.rights.errors import ReadRefused
from tallystick.indexer import repository
from tallystick.loans.offline.result import decimal
from tallystick.offers import store as offers
from tallystick.scoring.errors import DataInvalid
from tallystick.wallets.errors import IndexBehind

TAG = "lending"
_NEEDED_LATER = (
    "eth_keys.datatypes",
    "networkx",
    "pypinyin",
    "tallystick.identity.attestations",
    "tallystick.scoring.counterfactual",
    "tallystick.scoring.reasons",
    "tallystick.scoring.scorer",
)
"""What decisions import where they use it, as commands start sooner without: some applicant would
wait a third of a second for it."""


def open_lending(settings: Settings, state: ServerState, access: Access | None) -> Lending | None:
    """Deciding on credit, where a lender and identities are configured. Raises `SettingsError`,
    `RulesInvalid`, `ListInvalid`."""
    lender = Lender.from_settings(settings)
    if lender is None:
        return None
    if access is None:
        raise SettingsError("TALLYSTICK_LENDER_KEY needs a vault; see docs/operations.md.")
    place = Place(state.deployment.chain_id, state.deployment.book, settings.gate)
    for module in _NEEDED_LATER:
        import_module(module)
    from tallystick.decisions.screens import screen_by
    from tallystick.screening import Screening

    screening = Screening.from_settings(settings, access.vault)
    screens = (screen_by(screening, access.vault),)
    return Lending(access, lender, place, state.rpc, screens, screening)


def lending_of(request: Request) -> Lending:
    """Dependency: lending. Raises `Problem` where it is not configured."""
    lending: Lending | None = request.app.state.lending
    if lending is None:
        raise _unavailable("This service does not lend.")
    return lending


def ledger_of(state: ServerState, lending: Lending) -> Ledger:
    """Where offers are made. Raises `Problem` while the token cannot be asked."""
    facts = state.tokens.facts(lending.lender.token)
    if not facts.asked:
        raise Problem("chain_unavailable", "The lender's token cannot be asked.")
    try:
        return lending.lender.ledger(facts.decimals)
    except SettingsError as error:
        raise _unavailable("The lender's token cannot be lent in hundredths.") from error


def _unavailable(detail: str) -> Problem:
    return Problem("lending_unavailable", detail)


@contextmanager
def lending_problem() -> Iterator[None]:
    """Turns what deciding raises into problem documents."""
    try:
        yield
    except ApplicationInvalid as error:
        faults = [FieldError(rule, pointer=pointer) for pointer, rule in error.faults]
        names = ", ".join(pointer for pointer, _ in error.faults)
        raise Problem("validation_failed", f"Please check: {names}.", errors=faults) from error
    except ReadRefused as error:
        if error.reason == "consent":
            detail = "Consent to the purpose `scoring` first: POST /v1/me/consents."
            raise Problem("consent_required", detail) from error
        detail = "You have restricted what your data may be used for."
        raise Problem("forbidden", detail, extra={"reason": error.reason}) from error
    except tuple(_TOLD) as error:
        code, told = _TOLD[type(error)]
        headers = {"Retry-After": "2"} if code == "index_not_ready" else {}
        raise Problem(code, told or f"{error}".capitalize() + ".", headers=headers) from error


_NO_POLICY = "No lending policy is in force."
_TOLD: dict[type[Exception], tuple[str, str | None]] = {
    DataInvalid: ("validation_failed", None),
    NothingReleased: ("lending_unavailable", _NO_POLICY),
    ReleaseRefused: ("lending_unavailable", _NO_POLICY),
    LenderRefuses: ("lending_unavailable", "The lender's account refuses to sign."),
    DecisionConflict: ("application_conflict", None),
    DecisionUnknown: ("application_not_found", "You have no application with this id."),
    StatementUnknown: ("statement_not_found", None),
    InputsErased: ("application_not_found", "What it was decided on was erased."),
    RpcRefused: ("chain_unavailable", "The node does not know the newest block."),
    IndexBehind: ("index_not_ready", None),
}
"""Problem code and detail by error; without a detail what the error itself says."""


def answer(db: Database, decision: Decision, outcome: dict[str, Any], now: int) -> Application:
    """A decision in the API's words."""
    release = load_release(db, decision.release)
    rules = release.rules_of(decision.arm)
    proposal = outcome["proposal"]
    return Application(
        application_id=decision.decision_id,
        external_id=decision.external_id,
        status=status_of(db, decision, now),
        outcome=decision.outcome,
        product=decision.product,
        grade=decision.grade,
        score=outcome["score"],
        default_probability_pct=decimal(outcome["pd_ppm"], len(str(PPM)) - 3),
        reasons=reasons_of(outcome["reasons"]),
        score_reasons=reasons_of(outcome["score_reasons"]),
        limits=[NamedLimit(**limit) for limit in outcome["limits"]],
        proposal=None if proposal is None else proposed_loan(proposal),
        offer_id=decision.offer_id,
        decided_by="person" if _by_person(db, decision) else "policy",
        versions=Versions(
            release=decision.release,
            arm=decision.arm,
            catalogue=release.catalogue,
            policy=rules.policy,
            card=rules.card,
        ),
        decided_at=rfc3339(decision.decided_at),
        valid_until=None if decision.valid_until is None else rfc3339(decision.valid_until),
    )


def status_of(db: Database, decision: Decision, now: int) -> ApplicationStatus:
    """Where an application stands now."""
    if decision.offer_id is None:
        waiting = any(each.closed_at is None for each in of_decision(db, decision.decision_id))
        return "in_review" if waiting else "declined"
    offer = offers.get_offer(db, decision.offer_id)
    if offer is None:
        return "expired"
    if repository.get_loan_bare(db, offer.loan_id) is not None:
        return "originated"
    if now > offer.agreement.conditions.deadline:
        return "expired"
    return "offered" if offer.missing else "accepted"


def proposed_loan(proposal: dict[str, Any]) -> ProposedLoan:
    """A proposal in the API's words."""
    return ProposedLoan(**proposal | {"reasons": reasons_of(proposal["reasons"])})


def _by_person(db: Database, decision: Decision) -> bool:
    return any(each.closed_at is not None for each in of_decision(db, decision.decision_id))


def reasons_of(listed: list[dict[str, Any]]) -> list[DecisionReason]:
    """Reasons in the API's words."""
    found = []
    for entry in listed:
        text = entry.get("text") or {"en": entry["en"], "zh-Hans": entry["zh"]}
        words = ReasonText.model_validate(text)
        found.append(DecisionReason(code=entry["code"], values=entry["values"], text=words))
    return found
