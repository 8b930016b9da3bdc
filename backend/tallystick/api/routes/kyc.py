"""Being known: one's own identity cases, and the attestation of the level."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool

from tallystick.api.identity_problems import identity_problem
from tallystick.api.people import TAG, PrivateRoute, session_responses
from tallystick.api.problems import Problem
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.schemas import kyc as schemas
from tallystick.api.schemas.types import checksum, rfc3339
from tallystick.api.state import ServerState, server_state
from tallystick.api.uploads import read_upload, upload_body
from tallystick.identity.attestations import Gate as ChainGate
from tallystick.identity.kyc.images import MOST_BYTES
from tallystick.identity.kyc.levels import Kind, Level, Part
from tallystick.identity.kyc.store import Case

router = APIRouter(prefix="/v1/me/identity", tags=[TAG], route_class=PrivateRoute)

CaseId = Annotated[
    schemas.CaseId, Path(description="Which", examples=["case_mfrggzdfmztwq2lknnwg23tpoa"])
]
PartName = Annotated[schemas.PartName, Path(description="What it shows", examples=["selfie"])]
_IMAGES = ("image/jpeg", "image/png")


@router.get(
    "",
    operation_id="get_own_identity",
    summary="How well one is known",
    responses=session_responses(),
)
def get_own_identity(access: Gate, caller: Who) -> schemas.OwnIdentity:
    found = access.levels.of(caller.subject)
    standing = None
    if found is not None:
        standing = schemas.Standing(
            kind=found.kind.value,
            level=found.level.value,
            granted_at=rfc3339(found.granted_at),
            expires_at=rfc3339(found.expires_at),
        )
    cases = access.cases.of_subject(caller.subject)
    return schemas.OwnIdentity(standing=standing, cases=[case_answer(case) for case in cases])


@router.post(
    "/cases",
    status_code=201,
    operation_id="open_case",
    summary="Begin to be known better",
    responses=session_responses("case_undecided"),
)
def open_case(access: Gate, caller: Who, given: schemas.CaseRequest) -> schemas.Case:
    """`verified` needs images of document and face, `enhanced` also a proof of address."""
    with identity_problem():
        return case_answer(access.cases.open(caller.subject, Kind(given.kind), Level(given.level)))


@router.put(
    "/cases/{case_id}/files/{part}",
    operation_id="upload_file",
    summary="Upload an image",
    responses=session_responses("case_not_found", "case_closed", "image_refused"),
    openapi_extra=upload_body(_IMAGES),
)
async def upload_file(
    request: Request, access: Gate, caller: Who, case_id: CaseId, part: PartName
) -> schemas.Case:
    """The body is the file: JPEG or PNG, at most 8 MiB and 25 million pixels. It is kept sealed, as
    a picture without anything else that was in it."""
    content = await read_upload(request, _IMAGES, MOST_BYTES)
    with identity_problem():
        case = await run_in_threadpool(
            access.cases.add_file, caller.subject, case_id, Part(part), content
        )
    return case_answer(case)


@router.post(
    "/cases/{case_id}/submission",
    operation_id="submit_case",
    summary="Hand a case in",
    responses=session_responses(
        "case_not_found", "case_closed", "parts_missing", "document_refused", "record_not_found"
    ),
)
def submit_case(
    access: Gate, caller: Who, case_id: CaseId, given: schemas.CaseDocument
) -> schemas.Case:
    """Checked at once. What failed is named, and the case stays open; otherwise reviewers see it.
    One's record `person` must have been given."""
    with identity_problem():
        return case_answer(access.cases.submit(caller.subject, case_id, given.type, given.data))


@router.post(
    "/cases/{case_id}/withdraw",
    operation_id="withdraw_case",
    summary="End one's own case",
    responses=session_responses("case_not_found", "case_closed"),
)
def withdraw_case(access: Gate, caller: Who, case_id: CaseId) -> schemas.Case:
    """What was handed in for it is deleted."""
    with identity_problem():
        return case_answer(access.cases.withdraw(caller.subject, case_id))


@router.post(
    "/attestations",
    status_code=201,
    operation_id="attest_own_level",
    summary="The issuer's word on one's level, for a wallet",
    responses=session_responses("level_missing", "wallet_not_found", "attestation_unavailable"),
)
def attest_own_level(
    access: Gate,
    caller: Who,
    state: Annotated[ServerState, Depends(server_state)],
    given: schemas.AttestationRequest,
) -> schemas.Attestation:
    """Names the wallet and the level, and nobody. Valid as long as the level, unless it is revoked
    on chain."""
    settings = state.settings
    if settings.gate is None or settings.issuer_key is None:
        raise Problem("attestation_unavailable", "This service is no issuer.")
    wallet = checksum(given.address, pointer="#/address")
    if not access.wallets.has(caller.subject, wallet):
        raise Problem("wallet_not_found", "This wallet is not yours.")
    gate = ChainGate(state.deployment.chain_id, settings.gate)
    key = settings.issuer_key.get_secret_value()
    with identity_problem():
        made = access.levels.attest(caller.subject, wallet, key, gate)
    return schemas.Attestation(**made.to_json(gate))


def case_answer(case: Case) -> schemas.Case:
    """A case as its subject sees it."""
    return schemas.Case(
        case_id=case.case_id,
        kind=case.kind.value,
        level=case.level.value,
        state=case.state,  # type: ignore[arg-type]
        opened_at=rfc3339(case.opened_at),
        changed_at=rfc3339(case.changed_at),
        parts=[part.value for part in case.parts],
        checks=[
            schemas.CheckResult(
                check=one.check.value,
                outcome=one.finding.outcome.value,
                reason=one.finding.reason,
                at=rfc3339(one.at),
            )
            for one in case.checks
        ],
        reason=case.reason,
    )
