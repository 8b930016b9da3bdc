"""Repayments by channels: references for payers, receipts for staff, the books for auditors."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request

from tallystick.api.callers import Caller
from tallystick.api.people import TAG, PrivateRoute, session_responses
from tallystick.api.problems import FieldError, Problem, document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.statements import Day, LoanId, State
from tallystick.api.schemas import channels as schemas
from tallystick.api.schemas.types import invalid, rfc3339
from tallystick.api.snapshot import loan_id_bytes
from tallystick.channels import receipts
from tallystick.channels.catalogue import Channel, channel_named
from tallystick.channels.errors import (
    ChannelUnknown,
    ReceiptKnown,
    ReceiptSettled,
    ReceiptUnknown,
    ResolutionInvalid,
)
from tallystick.channels.reconcile import as_json, reconcile
from tallystick.channels.reference import reference_of, spaced
from tallystick.identity.vault.files import PrivateFile
from tallystick.intake.csvfile import Layout
from tallystick.intake.errors import DocumentRefused, LayoutInvalid
from tallystick.intake.read import parse_statement
from tallystick.loans.calendar import date_of, day_of

public = APIRouter(prefix="/v1/loans/{loan_id}", tags=["channels"], route_class=LedgerRoute)
staff = APIRouter(prefix="/v1", tags=[TAG], route_class=PrivateRoute)

_FIRST, _LAST = 0, 2**31


def channels_of(request: Request) -> dict[str, Channel]:
    """Dependency: the channels that are configured."""
    found: dict[str, Channel] = request.app.state.channels
    return found


def receipts_of(request: Request) -> PrivateFile:
    """Dependency: the file of receipts."""
    file: PrivateFile = request.app.state.receipts
    return file


Channels = Annotated[dict[str, Channel], Depends(channels_of)]
Book = Annotated[PrivateFile, Depends(receipts_of)]
ChannelName = Annotated[
    str, Path(pattern=r"^[a-z][a-z0-9-]{0,30}$", description="Which", examples=["bank"])
]
ReceiptId = Annotated[
    schemas.ReceiptId, Path(description="Which", examples=["receipt_mfrggzdfmztwq2lknnwg23tpoa"])
]


@public.get(
    "/reference",
    operation_id="get_payment_reference",
    summary="What payers by bank or counter write",
    responses=document_responses("loan_not_found", "index_not_ready"),
)
def get_payment_reference(state: State, loan_id: LoanId) -> schemas.PaymentReference:
    """A creditor reference (ISO 11649) made of the loan's id; it stays the same for ever."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
    reference = reference_of(loan.loan_id)
    return schemas.PaymentReference(reference=reference, printed=spaced(reference))


@staff.post(
    "/channels/{channel}/statements",
    operation_id="take_statement",
    summary="Take a statement file in",
    responses=session_responses("channel_not_found", "document_refused"),
)
def take_statement(
    state: State,
    access: Gate,
    channels: Channels,
    book: Book,
    caller: Who,
    channel: ChannelName,
    given: schemas.StatementRequest,
) -> schemas.StatementTaken:
    """All of it or nothing. What is known already changes nothing, so files may come twice."""
    with _problems():
        wanted = _channel_of(channels, channel, caller)
        raw = base64.b64decode(given.document, validate=True)
        layout = None if given.layout is None else Layout.from_json(given.layout)
        statement = parse_statement(raw, layout)
        access.note_of(caller.subject, "take_statement", f"{channel}/{statement.document}")
        with state.snapshot() as snapshot, book.open() as db:
            taken = receipts.take(db, snapshot.db, wanted, statement, access.vault.now())
    return schemas.StatementTaken(
        document=statement.document,
        matched=taken.matched,
        open=taken.open,
        known=taken.known,
        outgoing=taken.outgoing,
    )


@staff.post(
    "/channels/{channel}/receipts",
    status_code=201,
    operation_id="take_receipt",
    summary="Tell of money that was taken in",
    responses=session_responses("channel_not_found", "receipt_known"),
)
def take_receipt(
    state: State,
    access: Gate,
    channels: Channels,
    book: Book,
    caller: Who,
    channel: ChannelName,
    given: schemas.ReceiptRequest,
) -> schemas.Receipt:
    """For a counter, an employer or a merchant. One `external_id` is taken in once."""
    try:
        day = day_of(date.fromisoformat(given.day))
    except ValueError as error:
        raise invalid(FieldError("is no day", pointer="#/day")) from error
    with _problems():
        wanted = _channel_of(channels, channel, caller)
        access.note_of(caller.subject, "take_receipt", channel)
        with state.snapshot() as snapshot, book.open() as db:
            found = receipts.take_one(
                db,
                snapshot.db,
                wanted,
                given.external_id,
                given.reference,
                int(given.amount),
                day,
                access.vault.now(),
            )
    return _receipt(found)


@staff.get(
    "/receipts",
    operation_id="list_receipts",
    summary="What came in, oldest first",
    responses=session_responses("receipt_not_found"),
)
def list_receipts(
    book: Book,
    caller: Who,  # noqa: ARG001 - the guard asks who
    state: Annotated[
        schemas.State | None, Query(description="Only these", examples=["open"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])] = 20,
    starting_after: Annotated[
        schemas.ReceiptId | None,
        Query(
            description="Last one of the page before",
            examples=["receipt_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ] = None,
) -> schemas.ReceiptPage:
    """With `state=open`: the queue of those who decide."""
    with book.open() as db, _problems():
        after = starting_after and receipts.get(db, starting_after).number
        found = receipts.page(db, limit + 1, state=state, after=after or None)
    return schemas.ReceiptPage(
        data=[_receipt(one) for one in found[:limit]], has_more=len(found) > limit
    )


@staff.post(
    "/receipts/{receipt_id}/resolution",
    operation_id="resolve_receipt",
    summary="Decide about an open receipt",
    responses=session_responses(
        "receipt_not_found", "receipt_settled", "resolution_refused", "channel_not_found"
    ),
)
def resolve_receipt(
    state: State,
    access: Gate,
    channels: Channels,
    book: Book,
    caller: Who,
    receipt_id: ReceiptId,
    given: schemas.ResolutionRequest,
) -> schemas.Receipt:
    """Who decided what is kept. A matched receipt is paid by `tallystick channels pay`."""
    loan = None if given.loan is None else loan_id_bytes(given.loan)
    with _problems():
        with book.open() as db:
            wanted = channel_named(channels, receipts.get(db, receipt_id).channel)
        access.note(caller.session, f"resolve_receipt:{given.act}", receipt_id)
        with state.snapshot() as snapshot, book.open() as db:
            found = receipts.resolve(
                db,
                snapshot.db,
                wanted,
                receipt_id,
                caller.subject,
                given.act,
                loan,
                access.vault.now(),
            )
    return _receipt(found)


@staff.get(
    "/reconciliation",
    operation_id="get_reconciliation",
    summary="Fiat beside the chain, per day and channel",
    responses=session_responses("validation_failed"),
)
def get_reconciliation(
    state: State,
    channels: Channels,
    book: Book,
    caller: Who,  # noqa: ARG001 - the guard asks who
    first: Annotated[Day, Query(alias="from")] = None,
    last: Annotated[Day, Query(alias="to")] = None,
) -> schemas.Reconciliation:
    """The chain's side is read from its events, not from what was noted when paying."""
    begin = _FIRST if first is None else day_of(first)
    end = _LAST if last is None else day_of(last)
    with state.snapshot() as snapshot, book.open() as db:
        report = reconcile(db, snapshot.db, channels, begin, end)
    return schemas.Reconciliation.model_validate(as_json(report))


def _channel_of(channels: dict[str, Channel], name: str, caller: Caller) -> Channel:
    """A collector takes in for every channel, a key only for those that name its owner.

    Raises `ChannelUnknown`.
    """
    channel = channel_named(channels, name)
    if caller.key is not None and caller.subject not in channel.integrators:
        raise ChannelUnknown(f"there is no channel {name}")
    return channel


def _receipt(found: receipts.Receipt) -> schemas.Receipt:
    return schemas.Receipt(
        receipt_id=found.receipt_id,
        channel=found.channel,
        day=date_of(found.day).isoformat(),
        amount=str(found.amount),
        currency=found.currency,
        reference=found.reference,
        loan=None if found.loan_id is None else f"0x{found.loan_id.hex()}",
        state=found.state,  # type: ignore[arg-type]
        reason=found.reason,
        document=found.document,
        row=found.row,
        paid=None if found.paid is None else str(found.paid),
        tx_hash=None if found.tx_hash is None else f"0x{found.tx_hash.hex()}",
        taken_at=rfc3339(found.at),
    )


@contextmanager
def _problems() -> Iterator[None]:
    try:
        yield
    except ChannelUnknown as error:
        raise Problem("channel_not_found", "No such channel is configured.") from error
    except ReceiptUnknown as error:
        raise Problem("receipt_not_found", "There is no such receipt.") from error
    except ReceiptKnown as error:
        raise Problem("receipt_known", "The channel told of it before.") from error
    except ReceiptSettled as error:
        raise Problem("receipt_settled", "Nothing is open about this receipt.") from error
    except ResolutionInvalid as error:
        raise Problem("resolution_refused", f"{error}.") from error
    except binascii.Error as error:
        raise invalid(FieldError("is no base64", pointer="#/document")) from error
    except LayoutInvalid as error:
        raise invalid(FieldError(error.rule, pointer=f"#/layout/{error.where}")) from error
    except DocumentRefused as error:
        raise Problem("document_refused", f"The document {error}.") from error
