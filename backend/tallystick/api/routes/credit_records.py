"""Credit records: one's own with disputes, those of others with their consent, and the answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import Problem, document_responses
from tallystick.api.repairing import TAG, repair_problem, repairs_of, text_of
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.repairs import ERRORS, RepairId, Repairing, own_case
from tallystick.api.schemas import credit_records as schemas
from tallystick.api.schemas.kyc import Attestation
from tallystick.api.schemas.types import (
    ADDRESS,
    ADDRESS_PATTERN,
    checksum,
    iso_date,
    rfc3339,
    rfc3339_or_none,
)
from tallystick.api.snapshot import hex_of
from tallystick.identity.attestations import Gate as ChainGate
from tallystick.standing.book import Dispute, Line
from tallystick.standing.rules import StandingRules

own = APIRouter(
    prefix="/v1/me",
    tags=[TAG],
    route_class=PrivateRoute,
    dependencies=[Depends(repairs_of)],
)
public = APIRouter(prefix="/v1/credit-records", tags=[TAG], route_class=PrivateRoute)
disputes = APIRouter(
    prefix="/v1/record-disputes",
    tags=[TAG],
    route_class=PrivateRoute,
    dependencies=[Depends(repairs_of)],
)

EntryId = Annotated[
    str, Path(max_length=64, description="Opaque", examples=["entry_mfrggzdfmztwq2lknnwg23tpoa"])
]
DisputeId = Annotated[
    str,
    Path(max_length=64, description="Opaque", examples=["dispute_mfrggzdfmztwq2lknnwg23tpoa"]),
]
_ERRORS = ("repair_unavailable", "index_not_ready", "entry_not_found")


@own.get(
    "/credit-record",
    operation_id="get_credit_record",
    summary="One's own credit record",
    responses=session_responses(*_ERRORS),
)
def get_credit_record(state: State, repairs: Repairing, caller: Who) -> schemas.CreditRecord:
    """Over all wallets, with what others are not told any more."""
    with state.snapshot() as snapshot, repair_problem():
        lines = repairs.standing.record(snapshot.db, caller.subject, snapshot.now)
    return _record(lines, repairs.standing.rules)


@own.post(
    "/credit-record/{entry_id}/dispute",
    status_code=201,
    operation_id="dispute_entry",
    summary="Say that an entry is wrong",
    responses=session_responses(*_ERRORS, "dispute_closed"),
)
def dispute_entry(
    state: State, repairs: Repairing, caller: Who, entry_id: EntryId, given: schemas.DisputeInput
) -> schemas.RecordDispute:
    """Answered until `due_at`; unanswered, the entry is told to nobody from then on."""
    with state.snapshot() as snapshot, repair_problem():
        made = repairs.standing.dispute(
            snapshot.db, caller.subject, entry_id, given.text, snapshot.now
        )
        return _dispute(made, snapshot.now)


@own.post(
    "/repairs/{repair_id}/attestation",
    status_code=201,
    operation_id="attest_restored_standing",
    summary="The issuer's word that standing was restored, for a wallet",
    responses=session_responses(*ERRORS, "wallet_not_found", "attestation_unavailable"),
)
def attest_restored_standing(
    state: State,
    repairs: Repairing,
    access: Gate,
    caller: Who,
    repair_id: RepairId,
    given: schemas.StandingAttestationRequest,
) -> Attestation:
    """Names the wallet and its kind, nothing else; any institution can check it at the gate.
    Revoked on chain if the loan fails again. `repair_fund` lets the fund help a running plan."""
    settings = state.settings
    if settings.gate is None or settings.issuer_key is None:
        raise Problem("attestation_unavailable", "This service is no issuer.")
    wallet = checksum(given.address, pointer="#/address")
    if not access.wallets.has(caller.subject, wallet):
        raise Problem("wallet_not_found", "This wallet is not yours.")
    gate = ChainGate(state.deployment.chain_id, settings.gate)
    key = settings.issuer_key.get_secret_value()
    with state.snapshot() as snapshot, repair_problem():
        case = own_case(repairs, caller, repair_id)
        made = repairs.attest(case, wallet, given.kind, key, gate, snapshot.now)
    return Attestation(**made.to_json(gate))


@public.get(
    "/{address}",
    operation_id="get_public_credit_record",
    summary="The credit record of a wallet's owner, where it consents",
    responses=document_responses("repair_unavailable", "record_not_public", "index_not_ready"),
)
def get_public_credit_record(
    state: State,
    request: Request,
    address: Annotated[
        str, Path(pattern=ADDRESS_PATTERN, description="Account, EIP-55", examples=[ADDRESS])
    ],
) -> schemas.CreditRecord:
    """Without consent to `publish_standing` it is as if there were none."""
    repairs = repairs_of(request)
    wallet = checksum(address, pointer="#/address")
    with state.snapshot() as snapshot:
        lines = repairs.standing.public(snapshot.db, wallet, snapshot.now)
    if lines is None:
        raise Problem("record_not_public", "There is no public credit record of this wallet.")
    return _record(lines, repairs.standing.rules)


@disputes.get(
    "",
    operation_id="list_record_disputes",
    summary="Disputes that wait, the one that is due first before the others",
    responses=session_responses(*_ERRORS),
)
def list_record_disputes(
    state: State,
    repairs: Repairing,
    limit: Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])] = 20,
) -> schemas.RecordDisputes:
    with state.snapshot() as snapshot:
        found = repairs.standing.waiting(limit)
        return schemas.RecordDisputes(data=[_dispute(one, snapshot.now) for one in found])


@disputes.get(
    "/{dispute_id}",
    operation_id="get_record_dispute",
    summary="A dispute with the entry and what the subject wrote",
    responses=session_responses(*_ERRORS),
)
def get_record_dispute(
    state: State, repairs: Repairing, caller: Who, dispute_id: DisputeId
) -> schemas.RecordDisputeFile:
    with state.snapshot() as snapshot, repair_problem():
        book = repairs.standing
        found = book.get(dispute_id)
        words = book.words(caller.subject, found)
        lines = book.record(snapshot.db, found.subject, snapshot.now)
        line = next((one for one in lines if one.entry.entry_id == found.entry_id), None)
        return schemas.RecordDisputeFile(
            dispute=_dispute(found, snapshot.now),
            words=words,
            entry=None if line is None else _entry(line, book.rules),
        )


@disputes.post(
    "/{dispute_id}/answer",
    operation_id="answer_record_dispute",
    summary="Answer a dispute",
    responses=session_responses(*_ERRORS, "dispute_closed", "same_eyes"),
)
def answer_record_dispute(
    state: State,
    repairs: Repairing,
    caller: Who,
    dispute_id: DisputeId,
    given: schemas.RecordDisputeAnswer,
) -> schemas.RecordDispute:
    """A correction takes the entry out of the record, with its reason."""
    with state.snapshot() as snapshot, repair_problem():
        if repairs.standing.get(dispute_id).subject == caller.subject:
            raise Problem("same_eyes", "Somebody else answers your dispute.")
        done = repairs.standing.answer(
            caller.subject, dispute_id, given.outcome, given.reason, snapshot.now
        )
        return _dispute(done, snapshot.now)


def _record(lines: list[Line], rules: StandingRules) -> schemas.CreditRecord:
    data = [_entry(line, rules) for line in lines]
    return schemas.CreditRecord(data=data, rules=f"{rules.name} {rules.version}")


def _entry(line: Line, rules: StandingRules) -> schemas.RecordEntry:
    entry = line.entry
    return schemas.RecordEntry(
        entry_id=entry.entry_id,
        loan_id=hex_of(entry.loan_id),
        wallet=entry.wallet,
        code=entry.code.value,
        category=entry.category.value,
        text=text_of(rules.entries[entry.code].text),
        day=iso_date(entry.day),
        days_late=entry.worst,
        cured_on=None if entry.cured is None else iso_date(entry.cured),
        expires_on=None if entry.expires is None else iso_date(entry.expires),
        state=line.state,
        reason=line.reason,
    )


def _dispute(found: Dispute, now: int) -> schemas.RecordDispute:
    return schemas.RecordDispute(
        dispute_id=found.dispute_id,
        entry_id=found.entry_id,
        filed_at=rfc3339(found.filed_at),
        due_at=rfc3339(found.due_at),
        overdue=found.outcome is None and now > found.due_at,
        outcome=found.outcome,
        reason=found.reason,
        answered_at=rfc3339_or_none(found.answered_at),
    )
