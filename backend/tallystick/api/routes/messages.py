"""One's own inbox, how one wishes to be told, and the links in what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tallystick.api.people import TAG, PrivateRoute, access_of, session_responses
from tallystick.api.problems import FieldError, Problem, document_responses
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.statements import currency_of
from tallystick.api.schemas import messages as schemas
from tallystick.api.schemas.types import invalid, rfc3339
from tallystick.api.state import ServerState, server_state
from tallystick.identity.access.access import Access
from tallystick.identity.vault.files import PrivateFile
from tallystick.indexer import repository
from tallystick.indexer.repository import LoanFilter
from tallystick.loans.statements.dues import loan_dues
from tallystick.messages import calendars, outbox
from tallystick.messages.errors import MessageUnknown, PreferenceInvalid, StopInvalid
from tallystick.messages.kinds import kind_named
from tallystick.messages.preferences import Wishes, set_wishes, stop, wishes_of
from tallystick.messages.render import render
from tallystick.messages.rules import load_rules
from tallystick.messages.stops import read_stop
from tallystick.statements.words import Language

MOST_LOANS = 500
"""Of one person in one calendar."""

_FEED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}
}

own = APIRouter(prefix="/v1/me", tags=[TAG], route_class=PrivateRoute)
links = APIRouter(tags=[TAG])

State = Annotated[ServerState, Depends(server_state)]
NoteId = Annotated[
    schemas.NoteId, Path(description="Which", examples=["note_mfrggzdfmztwq2lknnwg23tpoa"])
]


def file_of(request: Request) -> PrivateFile:
    """Dependency: the file of messages."""
    file: PrivateFile = request.app.state.messages
    return file


Notes = Annotated[PrivateFile, Depends(file_of)]


@own.get(
    "/messages",
    operation_id="list_my_messages",
    summary="The inbox, newest first",
    responses=session_responses("message_not_found"),
)
def list_my_messages(
    state: State,
    access: Gate,
    notes: Notes,
    caller: Who,
    limit: Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])] = 20,
    starting_after: Annotated[
        schemas.NoteId | None,
        Query(
            description="Last one of the page before",
            examples=["note_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ] = None,
    unread: Annotated[bool, Query(description="Only what was not read", examples=[True])] = False,  # noqa: FBT002
) -> schemas.NotePage:
    """All that was told, also what was stopped or could not be sent."""
    mine = _recipients(access, caller.subject)
    with notes.open() as db, _problems():
        before = starting_after and outbox.find(db, mine, starting_after).number
        found = outbox.inbox(db, mine, limit + 1, before or None, unread=unread)
        language = wishes_of(db, caller.subject).language
    data = [_note(state, message, language) for message in found[:limit]]
    return schemas.NotePage(data=data, has_more=len(found) > limit)


@own.get(
    "/messages/{note_id}",
    operation_id="get_my_message",
    summary="A message, with its deliveries",
    responses=session_responses("message_not_found"),
)
def get_my_message(
    state: State, access: Gate, notes: Notes, caller: Who, note_id: NoteId
) -> schemas.NoteDetail:
    mine = _recipients(access, caller.subject)
    with notes.open() as db, _problems():
        message = outbox.find(db, mine, note_id)
        language = wishes_of(db, caller.subject).language
        deliveries = [
            schemas.NoteDelivery(channel=channel, state=told, reason=reason)  # type: ignore[arg-type]
            for channel, told, reason in outbox.deliveries(db, message)
        ]
    note = _note(state, message, language)
    return schemas.NoteDetail(**note.model_dump(), deliveries=deliveries)


@own.post(
    "/messages/{note_id}/read",
    status_code=204,
    operation_id="mark_my_message_read",
    summary="Seen",
    responses=session_responses("message_not_found"),
)
def mark_my_message_read(access: Gate, notes: Notes, caller: Who, note_id: NoteId) -> None:
    mine = _recipients(access, caller.subject)
    with notes.open() as db, _problems():
        outbox.mark_read(db, outbox.find(db, mine, note_id), access.vault.now())


@own.get(
    "/notifications",
    operation_id="get_notifications",
    summary="How one wishes to be told",
    responses=session_responses(),
)
def get_notifications(notes: Notes, caller: Who) -> schemas.Notifications:
    with notes.open() as db:
        return _notifications(wishes_of(db, caller.subject))


@own.put(
    "/notifications",
    operation_id="set_notifications",
    summary="Wish otherwise",
    responses=session_responses(),
)
def set_notifications(
    state: State, access: Gate, notes: Notes, caller: Who, given: schemas.Notifications
) -> schemas.Notifications:
    """In place of all earlier wishes. What the agreement demands is told all the same."""
    wishes = Wishes(
        language=given.language,
        time_zone=given.time_zone,
        quiet=given.quiet,
        channels=tuple(dict.fromkeys(given.channels)),
        most_per_day=given.most_per_day,
        stopped=tuple(dict.fromkeys(given.stopped)),
    )
    try:
        wishes.check(load_rules(state.settings.contact_rules).quiet)
    except PreferenceInvalid as error:
        raise invalid(FieldError(error.rule, pointer=f"#/{error.field}")) from error
    with notes.open() as db:
        set_wishes(db, caller.subject, wishes, access.vault.now())
    return _notifications(wishes)


@own.post(
    "/calendar",
    status_code=201,
    operation_id="create_calendar_link",
    summary="A secret link to all one's due dates",
    responses=session_responses(),
)
def create_calendar_link(
    state: State, access: Gate, notes: Notes, caller: Who
) -> schemas.CalendarLink:
    """For calendars to subscribe to (RFC 5545). A link that was made before opens nothing more."""
    with notes.open() as db:
        secret = calendars.new_link(db, access.vault, caller.subject)
    return schemas.CalendarLink(url=f"{state.settings.origin}/v1/calendars/{secret}.ics")


@own.delete(
    "/calendar",
    status_code=204,
    operation_id="delete_calendar_link",
    summary="The link opens nothing more",
    responses=session_responses("calendar_not_found"),
)
def delete_calendar_link(notes: Notes, caller: Who) -> None:
    with notes.open() as db:
        if not calendars.revoke_link(db, caller.subject):
            raise Problem("calendar_not_found", "There is no link.")


@links.get(
    "/v1/calendars/{secret}.ics",
    operation_id="get_calendar",
    summary="All due dates of whoever made the link",
    response_class=Response,
    responses=_FEED
    | document_responses("calendar_not_found", "identity_unavailable", "index_not_ready"),
)
def get_calendar(
    state: State,
    access: Annotated[Access, Depends(access_of)],
    notes: Notes,
    secret: Annotated[
        str,
        Path(
            pattern=r"^[A-Za-z0-9_-]{43}$", description="Of the link", examples=["3q2-7w" * 7 + "A"]
        ),
    ],
) -> Response:
    """A whole-day event for each row that still asks for money."""
    from tallystick.statements.calendar import render_calendars

    with notes.open() as db:
        subject = calendars.subject_of_link(db, access.vault, secret)
        if subject is None:
            raise Problem("calendar_not_found", "No calendar is behind this link.")
        language = wishes_of(db, subject).language
    wallets = [wallet.address for wallet in access.wallets.of_subject(subject)]
    parts = []
    with state.snapshot() as first:
        for wallet in wallets:
            loans = repository.list_loans(first.db, LoanFilter(borrower=wallet), limit=MOST_LOANS)
            for loan in loans:
                whole = repository.get_loan(first.db, loan.loan_id)
                place = repository.place_of(first.db, loan.loan_id)
                if whole is not None and place is not None and whole.closed is None:
                    currency = currency_of(first.at(*place), loan.agreement.token)
                    parts.append((loan_dues(whole), currency))
    headers = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
    return Response(
        render_calendars(parts, language),
        headers=headers,
        media_type="text/calendar; charset=utf-8",
    )


@links.post(
    "/v1/stops/{token}",
    status_code=204,
    operation_id="stop_messages",
    summary="One click: no more messages of this group",
    responses=document_responses("stop_not_found", "identity_unavailable"),
)
def stop_messages(
    access: Annotated[Access, Depends(access_of)],
    notes: Notes,
    token: Annotated[
        str, Path(max_length=200, description="Of the link", examples=["subject_a.reminder.0f"])
    ],
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """RFC 8058: what mail programs send when their reader unsubscribes. Needs no session."""
    subject, group = stopped_by(access, token)
    with notes.open() as db:
        stop(db, subject, group, access.vault.now())
    if "text/html" in accept:  # somebody pressed the button of the page
        return RedirectResponse(f"/v1/stops/{token}?done=true", 303)
    return Response(status_code=204)


def stopped_by(access: Access, token: str) -> tuple[str, str]:
    """Subject and group of a link. Raises `Problem`."""
    try:
        return read_stop(access.vault, token)
    except StopInvalid as error:
        raise Problem("stop_not_found", "This link stops nothing.") from error


def forget_messages(file: PrivateFile, access: Access, subject: str, wallets: list[str]) -> None:
    """With an erasure goes what was told."""
    for recipient in (subject, *wallets):
        outbox.forget(file, recipient, access.vault.now())


def _recipients(access: Access, subject: str) -> list[str]:
    return [subject, *(wallet.address for wallet in access.wallets.of_subject(subject))]


def _note(state: ServerState, message: outbox.Message, language: Language) -> schemas.Note:
    kind = kind_named(message.kind, message.version)
    made = render(kind, message.facts, language, state.settings.origin)
    return schemas.Note(
        message_id=message.message_id,
        kind=message.kind,
        group=kind.group,
        subject=made.subject,
        text=made.body,
        facts=dict(message.facts),
        created_at=rfc3339(message.created_at),
        read_at=None if message.read_at is None else rfc3339(message.read_at),
    )


def _notifications(wishes: Wishes) -> schemas.Notifications:
    return schemas.Notifications(
        language=wishes.language,
        time_zone=wishes.time_zone,
        quiet=wishes.quiet,
        channels=list(wishes.channels),  # type: ignore[arg-type]
        most_per_day=wishes.most_per_day,
        stopped=list(wishes.stopped),  # type: ignore[arg-type]
    )


@contextmanager
def _problems() -> Iterator[None]:
    try:
        yield
    except MessageUnknown as error:
        raise Problem("message_not_found", "You have no such message.") from error
