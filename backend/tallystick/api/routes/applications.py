"""Applying for credit: one's own applications, decided at once and accepted on chain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from tallystick.api.lending import (
    TAG,
    answer,
    ledger_of,
    lending_of,
    lending_problem,
    status_of,
)
from tallystick.api.offer_view import offer_problem
from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import FieldError, Problem
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.transactions import transaction
from tallystick.api.schemas import applications as schemas
from tallystick.api.schemas.offers import Transaction
from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.types import checksum, rfc3339
from tallystick.api.snapshot import Snapshot, hex_of
from tallystick.chain.rows import FACTORY, store_call
from tallystick.db import Database
from tallystick.decisions import sealed, store
from tallystick.decisions.application import Applicant, Application
from tallystick.decisions.changes import changes
from tallystick.decisions.errors import DecisionUnknown
from tallystick.decisions.flow import Lending
from tallystick.decisions.notice import Language, notice_of
from tallystick.decisions.releases import bench_named
from tallystick.offers import service
from tallystick.offers import store as offers

own = APIRouter(
    prefix="/v1/me/applications",
    tags=[TAG],
    route_class=PrivateRoute,
    dependencies=[Depends(lending_of)],
)

Lends = Annotated[Lending, Depends(lending_of)]
Id = Annotated[
    str,
    Path(
        max_length=64,
        description="Opaque",
        examples=["application_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
_ERRORS = ("lending_unavailable", "index_not_ready")


@own.post(
    "",
    status_code=201,
    operation_id="apply",
    summary="Apply for credit",
    responses=session_responses(
        *_ERRORS,
        "consent_required",
        "application_conflict",
        "wallet_not_found",
        "chain_unavailable",
    ),
)
def apply(
    state: State,
    lending: Lends,
    access: Gate,
    caller: Who,
    request: Request,
    response: Response,
    given: schemas.ApplicationInput,
) -> schemas.Application:
    """Decided before the answer: an offer that the lender has signed, a referral to a person, or a
    refusal, each with its reasons. Needs the consent `scoring`; the data is kept sealed."""
    asked = _asked(given)
    with state.snapshot() as snapshot, state.writing() as db, lending_problem():
        if given.external_id is not None:
            before = store.by_external_id(db, caller.subject, given.external_id)
            if before is not None:
                return _read(db, lending, caller, before, snapshot.now)
        mac = access.sessions.wallet_mac
        wallets = tuple(wallet.address for wallet in access.wallets.of_subject(caller.subject))
        borrower = (
            next((each for each in wallets if caller.session.wallet == mac(each)), None)
            if given.wallet is None
            else checksum(given.wallet, pointer="#/wallet")
        )
        if borrower is None or borrower not in wallets:
            fault = FieldError("is not bound to you", pointer="#/wallet")
            raise Problem("wallet_not_found", "Bind this wallet first.", errors=[fault])
        networks = (request.client.host,) if request.client else ()
        applicant = Applicant(caller.subject, borrower, wallets, networks)
        ledger = ledger_of(state, lending)
        decision, outcome = lending.apply(db, applicant, asked, ledger, snapshot.clocks)
        response.headers["Location"] = f"/v1/me/applications/{decision.decision_id}"
        return answer(db, decision, outcome, snapshot.now)


@own.get(
    "",
    operation_id="list_applications",
    summary="One's own applications, newest first",
    responses=session_responses(*_ERRORS),
)
def list_applications(state: State, caller: Who) -> schemas.Applications:
    with state.snapshot() as snapshot, state.writing() as db:
        return schemas.Applications(
            data=[
                schemas.ApplicationSummary(
                    application_id=decision.decision_id,
                    external_id=decision.external_id,
                    status=status_of(db, decision, snapshot.now),
                    product=decision.product,
                    decided_at=rfc3339(decision.decided_at),
                )
                for decision in store.of_subject(db, caller.subject)
            ]
        )


@own.get(
    "/{application_id}",
    operation_id="get_application",
    summary="One of one's own applications",
    responses=session_responses(*_ERRORS, "application_not_found"),
)
def get_application(
    state: State, lending: Lends, caller: Who, application_id: Id
) -> schemas.Application:
    with state.snapshot() as snapshot, state.writing() as db, lending_problem():
        return _read(db, lending, caller, find(db, caller.subject, application_id), snapshot.now)


@own.post(
    "/{application_id}/acceptance",
    operation_id="accept_offer",
    summary="Accept the offer",
    responses=session_responses(
        *_ERRORS,
        "application_not_found",
        "application_conflict",
        "signature_invalid",
        "offer_expired",
        "chain_unavailable",
    ),
)
def accept_offer(
    state: State,
    caller: Who,
    application_id: Id,
    given: schemas.AcceptanceInput,
) -> schemas.Acceptance:
    """The borrower's signature over the typed data of `/v1/offers/{offer_id}`. The loan exists once
    the transactions are on chain; anybody may send them."""
    with state.snapshot() as snapshot, state.writing() as db, lending_problem(), offer_problem():
        decision = find(db, caller.subject, application_id)
        offer = None if decision.offer_id is None else offers.get_offer(db, decision.offer_id)
        if offer is None:
            raise Problem("application_conflict", "There is no offer to accept.")
        borrower = offer.agreement.borrower
        signature = bytes.fromhex(given.signature[2:])
        offer = service.add_signature(db, state.rpc, offer, borrower, signature, snapshot.now)
        return schemas.Acceptance(
            application_id=decision.decision_id,
            offer_id=offer.offer_id,
            loan_id=hex_of(offer.loan_id),
            transactions=_transactions(snapshot, offer),
        )


@own.get(
    "/{application_id}/changes",
    operation_id="get_application_changes",
    summary="What would change the decision",
    responses=session_responses(*_ERRORS, "application_not_found"),
)
def get_changes(
    state: State, lending: Lends, caller: Who, application_id: Id
) -> schemas.ProposedChanges:
    """Every proposal was decided before it is told, by the rules of that day."""
    with state.writing() as db, lending_problem():
        decision = find(db, caller.subject, application_id)
        bench = bench_named(db, decision.release, decision.arm)
        found = changes(_sealed(lending, caller, decision).read_case(), bench)
    return schemas.ProposedChanges(
        data=[
            schemas.ProposedChange(
                fields=each.fields,
                outcome=each.outcome,
                text=ReasonText.model_validate({"en": each.en, "zh-Hans": each.zh}),
            )
            for each in found
        ]
    )


@own.get(
    "/{application_id}/notice",
    operation_id="get_application_notice",
    summary="The notice of the decision, as a page or for printing",
    responses=session_responses(*_ERRORS, "application_not_found")
    | {
        200: {
            "content": {
                "text/html": {"schema": {"type": "string"}},
                "application/pdf": {"schema": {"type": "string", "format": "binary"}},
            }
        }
    },
    response_class=Response,
)
def get_notice(
    state: State,
    lending: Lends,
    caller: Who,
    application_id: Id,
    language: Annotated[
        Literal["en", "zh-Hans"], Query(description="Language of the text", examples=["en"])
    ] = "en",
    form: Annotated[
        Literal["html", "pdf"],
        Query(alias="format", description="Form of the answer", examples=["pdf"]),
    ] = "html",
) -> Response:
    """What was decided, why, what would change it, and what one may do."""
    from tallystick.statements.letter import Letter, letter_page, letter_pdf

    tongue: Language = "zh" if language == "zh-Hans" else "en"
    with state.writing() as db, lending_problem():
        decision = find(db, caller.subject, application_id)
        kept = _sealed(lending, caller, decision)
        bench, case = bench_named(db, decision.release, decision.arm), kept.read_case()
        notice = notice_of(
            decision, case, kept.read_outcome(), changes(case, bench), bench.catalogue, tongue
        )
    sections = [(section.heading, section.lines) for section in notice.sections]
    letter = Letter(notice.title, notice.facts, notice.opening, sections)
    if form == "pdf":
        made = letter_pdf(letter, tongue, datetime.fromtimestamp(decision.decided_at, UTC))
        return Response(made, media_type="application/pdf")
    headers = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
    return Response(letter_page(letter, tongue), media_type="text/html", headers=headers)


def find(db: Database, subject: str, application_id: str) -> store.Decision:
    """A subject's own application. Raises `DecisionUnknown` also for somebody else's."""
    decision = store.get(db, application_id)
    if decision.subject != subject:
        raise DecisionUnknown(application_id)
    return decision


def _read(
    db: Database, lending: Lending, caller: Who, decision: store.Decision, now: int
) -> schemas.Application:
    return answer(db, decision, _sealed(lending, caller, decision).read_outcome(), now)


def _sealed(lending: Lending, caller: Who, decision: store.Decision) -> sealed.Sealed:
    lending.rights.admit(caller.subject, caller.subject, sealed.RECORD, "own_request")
    return sealed.open_sealed(lending.vault, decision)


def _transactions(snapshot: Snapshot, offer: offers.Offer) -> list[Transaction]:
    agreement = offer.agreement
    call = service.origination(offer, None, snapshot.now)
    originate = transaction(snapshot, call, None, None, agreement.token)
    if not agreement.plan:
        return [originate]
    stored = "0x" + store_call(agreement.plan).hex()
    return [originate.model_copy(update={"to": FACTORY, "data": stored}), originate]


def _asked(given: schemas.ApplicationInput) -> Application:
    return Application(
        product=given.product,
        purpose=given.purpose,
        jurisdiction=given.jurisdiction,
        amount=given.amount,
        term=given.term,
        declared=given.declared,
        budget=given.budget.model_dump(exclude_none=True),
        documents=given.documents,
        attestations=tuple(
            (each.level, bytes.fromhex(each.attestation[2:])) for each in given.attestations
        ),
        devices=() if given.device is None else (given.device,),
        statements=tuple(given.statements),
        signals=tuple(each.model_dump() for each in given.signals),
        external_id=given.external_id,
    )
