"""One's own consents and data: see, correct, restrict, take along, erase."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

from tallystick.api.identity_problems import identity_problem
from tallystick.api.people import (
    TAG,
    PrivateRoute,
    session_responses,
)
from tallystick.api.problems import Problem, document_responses
from tallystick.api.routes.identity import Gate, Who, signed
from tallystick.api.routes.messages import Notes, forget_messages
from tallystick.api.schemas import rights as schemas
from tallystick.api.schemas.identity import SignedMessage
from tallystick.api.schemas.types import rfc3339, rfc3339_or_none
from tallystick.identity.access.challenges import Act
from tallystick.identity.rights import consents
from tallystick.identity.rights.purposes import PURPOSES, consent_about
from tallystick.identity.vault import Record, SubjectUnknown
from tallystick.identity.vault.erasure import Erasure

router = APIRouter(prefix="/v1", tags=[TAG], route_class=PrivateRoute)
own = APIRouter(prefix="/v1/me", tags=[TAG], route_class=PrivateRoute)
OWN_REQUEST = "own_request"

RecordName = Annotated[schemas.RecordName, Path(description="Which", examples=["person"])]
Purpose = Annotated[str, Path(max_length=64, description="To what", examples=["scoring"])]
IfMatch = Annotated[
    str,
    Header(
        pattern=r'^"(0|[1-9][0-9]{0,8})"$',
        description='ETag of the version to correct; `"0"` for the first one',
        examples=['"1"'],
    ),
]


@router.get(
    "/consent-texts",
    operation_id="list_consent_texts",
    summary="What can be consented to, in which words",
    responses=document_responses(),
)
def list_consent_texts() -> schemas.ConsentTexts:
    return schemas.ConsentTexts(
        data=[
            schemas.ConsentText(
                purpose=purpose.name,
                version=text.version,
                records=list(purpose.records),
                en=text.en,
                zh=text.zh,
                sha256="0x" + text.digest.hex(),
            )
            for purpose in PURPOSES.values()
            for text in purpose.texts
        ]
    )


@router.get(
    "/erasures/{erasure_id}",
    operation_id="get_erasure",
    summary="The receipt of an erasure",
    responses=document_responses("erasure_not_found", "identity_unavailable"),
)
def get_erasure(
    access: Gate,
    erasure_id: Annotated[
        str,
        Path(
            pattern=r"^erasure_[a-z2-7]{26}$",
            description="From the answer to the request",
            examples=["erasure_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ],
) -> schemas.Erasure:
    """Whoever was erased can no longer sign in; knowing the id is enough."""
    try:
        return _erasure(access.rights.receipt(erasure_id))
    except SubjectUnknown:
        raise Problem("erasure_not_found", "There is no erasure with this id.") from None


@own.get(
    "/consents",
    operation_id="list_consents",
    summary="One's own consents, oldest first",
    responses=session_responses(),
)
def list_consents(access: Gate, caller: Who) -> schemas.Consents:
    access.rights.admit(caller.subject, caller.subject, "consents", OWN_REQUEST)
    return _consents(access.rights.consents.of_subject(caller.subject))


@own.post(
    "/consents",
    status_code=201,
    operation_id="give_consent",
    summary="Consent to a purpose",
    responses=session_responses("signed_message_refused", "record_not_found", "chain_unavailable"),
)
def give_consent(access: Gate, caller: Who, given: schemas.NewConsent) -> schemas.Consent:
    """The message names purpose, version and hash of the text; it is kept, sealed, as evidence."""
    evidence = signed(given)
    with identity_problem():
        about = consent_about(given.purpose, given.version)
        access.confirm(caller.session, evidence, Act.GIVE_CONSENT, about)
        made = access.rights.consents.give(
            caller.subject, given.purpose, given.version, evidence.message, evidence.signature
        )
    return _consent(made)


@own.post(
    "/consents/{purpose}/withdraw",
    operation_id="withdraw_consent",
    summary="Withdraw a consent",
    responses=session_responses("consent_not_found"),
)
def withdraw_consent(access: Gate, caller: Who, purpose: Purpose) -> schemas.Consents:
    """As easy as it gets: from now on the purpose permits no read."""
    with identity_problem():
        access.rights.consents.withdraw(caller.subject, purpose)
    return _consents(access.rights.consents.of_subject(caller.subject))


@own.get(
    "/records/{record}",
    operation_id="get_record",
    summary="What one said of oneself",
    responses=session_responses("record_not_found"),
)
def get_record(
    access: Gate,
    caller: Who,
    response: Response,
    record: RecordName,
    version: Annotated[
        int | None,
        Query(ge=1, le=10**9, description="The newest when left out", examples=[1]),
    ] = None,
) -> schemas.PersonalRecord:
    with identity_problem():
        found = access.rights.read(caller.subject, caller.subject, record, OWN_REQUEST, version)
    response.headers["ETag"] = f'"{found.head.version}"'
    return _record(found)


@own.put(
    "/records/{record}",
    operation_id="put_record",
    summary="Give or correct what one said of oneself",
    responses=session_responses("record_not_found", "record_changed"),
)
def put_record(
    access: Gate,
    caller: Who,
    response: Response,
    record: RecordName,
    given: schemas.Correction,
    if_match: IfMatch,
) -> schemas.PersonalRecord:
    """A new version; the earlier ones stay readable to their owner until they are erased."""
    with identity_problem():
        after = int(if_match.strip('"'))
        version = access.rights.correct(caller.subject, record, given.fields, after)
        found = access.rights.read(caller.subject, caller.subject, record, OWN_REQUEST, version)
    response.headers["ETag"] = f'"{version}"'
    return _record(found)


@own.get(
    "/records/{record}/versions",
    operation_id="list_record_versions",
    summary="The history of a record, oldest first",
    responses=session_responses(),
)
def list_record_versions(access: Gate, caller: Who, record: RecordName) -> schemas.RecordVersions:
    return schemas.RecordVersions(
        data=[
            schemas.RecordVersion(version=head.version, written_at=rfc3339(head.written_at))
            for head in access.rights.versions(caller.subject, record)
        ]
    )


@own.post(
    "/restriction",
    operation_id="restrict",
    summary="Restrict what one's data may be used for, or allow it again",
    responses=session_responses(),
)
def restrict(access: Gate, caller: Who, given: schemas.RestrictionRequest) -> schemas.Restriction:
    since = access.rights.restrict(caller.subject, restricted=given.restricted)
    return schemas.Restriction(restricted_since=rfc3339_or_none(since))


@own.post(
    "/export",
    operation_id="export_data",
    summary="Take everything along",
    responses=session_responses("signed_message_refused", "chain_unavailable"),
)
def export_data(access: Gate, caller: Who, given: SignedMessage) -> schemas.Export:
    """Signed (act `export`), because whoever holds the answer holds everything."""
    with identity_problem():
        access.confirm(caller.session, signed(given), Act.EXPORT, caller.subject)
        export = access.rights.export(caller.subject)
    return schemas.Export(
        subject=caller.subject,
        records=[_record(record) for record in export.records],
        consents=[_consent(consent) for consent in export.consents],
        restricted_since=rfc3339_or_none(export.restricted_since),
        trail=[
            schemas.TrailEntry(
                number=entry.number,
                at=rfc3339(entry.at),
                actor=entry.fact.actor,
                act=entry.fact.act,
                object=entry.fact.object,
                purpose=entry.fact.purpose,
            )
            for entry in export.trail
        ],
    )


@own.post(
    "/erasure",
    operation_id="erase_data",
    summary="Erase everything, for good",
    responses=session_responses(
        "signed_message_refused", "legal_hold", "erasure_unfinished", "chain_unavailable"
    ),
)
def erase_data(access: Gate, notes: Notes, caller: Who, given: SignedMessage) -> schemas.Erasure:
    """Signed (act `erase`). Loans on chain stay: they name nobody. Keep the receipt's id."""
    with identity_problem():
        access.confirm(caller.session, signed(given), Act.ERASE, caller.subject)
        wallets = [wallet.address for wallet in access.wallets.of_subject(caller.subject)]
        done = access.rights.erase(caller.subject)
    forget_messages(notes, access, caller.subject, wallets)
    return _erasure(done)


def _record(found: Record) -> schemas.PersonalRecord:
    return schemas.PersonalRecord(
        record=found.head.record,
        version=found.head.version,
        written_at=rfc3339(found.head.written_at),
        fields={name: _text(value) for name, value in found.fields.items()},
    )


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return "0x" + value.hex()


def _consents(found: list[consents.Consent]) -> schemas.Consents:
    return schemas.Consents(data=[_consent(consent) for consent in found])


def _consent(consent: consents.Consent) -> schemas.Consent:
    return schemas.Consent(
        consent_id=consent.consent_id,
        purpose=consent.purpose,
        version=consent.version,
        sha256="0x" + consent.digest.hex(),
        given_at=rfc3339(consent.given_at),
        withdrawn_at=rfc3339_or_none(consent.withdrawn_at),
    )


def _erasure(receipt: Erasure) -> schemas.Erasure:
    return schemas.Erasure(
        erasure_id=receipt.erasure_id,
        subject=receipt.subject,
        begun_at=rfc3339(receipt.begun_at),
        finished_at=rfc3339_or_none(receipt.finished_at),
    )
