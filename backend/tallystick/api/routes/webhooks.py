"""An integrator's own webhooks and their delivery log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request

from tallystick.api.notifier import Notices
from tallystick.api.people import TAG, PrivateRoute, session_responses
from tallystick.api.problems import FieldError, Problem
from tallystick.api.routes.identity import Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas import webhooks as schemas
from tallystick.api.schemas.types import checksum, rfc3339
from tallystick.api.state import ServerState
from tallystick.webhooks import store
from tallystick.webhooks.errors import UrlRefused, WebhooksTooMany, WebhookUnknown
from tallystick.webhooks.outbox import Message

router = APIRouter(prefix="/v1/webhooks", tags=[TAG], route_class=PrivateRoute)

WebhookId = Annotated[
    schemas.WebhookId,
    Path(description="Which", examples=["webhook_mfrggzdfmztwq2lknnwg23tpoa"]),
]
MessageId = Annotated[
    schemas.MessageId, Path(description="Which", examples=["msg_mfrggzdfmztwq2lknnwg23tpoa"])
]


def notices_of(request: Request) -> Notices:
    """Dependency: webhooks; the guard let nobody in where there are none."""
    notices: Notices = request.app.state.notices
    return notices


Held = Annotated[Notices, Depends(notices_of)]


@router.get(
    "",
    operation_id="list_webhooks",
    summary="One's own webhooks, oldest first",
    responses=session_responses(),
)
def list_webhooks(held: Held, caller: Who) -> schemas.Webhooks:
    return schemas.Webhooks(
        data=[_webhook(held, hook) for hook in held.webhooks.of_subject(caller.subject)]
    )


@router.post(
    "",
    status_code=201,
    operation_id="create_webhook",
    summary="Be told of events from now on",
    responses=session_responses("url_refused", "webhooks_too_many", "index_not_ready"),
)
def create_webhook(
    state: State, held: Held, caller: Who, given: schemas.WebhookRequest
) -> schemas.NewWebhook:
    """Of one chain: that of `chain_id`, `book` or `loan`, if it is known by now, or else of the
    first book."""
    chain_id, book = _place(state, given)
    wanted = store.Filter(
        None if given.types is None else frozenset(given.types),
        given.loan,
        given.borrower and checksum(given.borrower, pointer="#/borrower"),
        given.lender and checksum(given.lender, pointer="#/lender"),
        chain_id,
        book,
    )
    with _problems():
        held.guard.check_url(given.url)
        hook, secret = held.webhooks.create(caller.subject, given.url, wanted)
    return schemas.NewWebhook(**_webhook(held, hook).model_dump(), secret=secret)


@router.delete(
    "/{webhook_id}",
    status_code=204,
    operation_id="delete_webhook",
    summary="Be told no more",
    responses=session_responses("webhook_not_found"),
)
def delete_webhook(held: Held, caller: Who, webhook_id: WebhookId) -> None:
    with _problems():
        held.webhooks.delete(caller.subject, webhook_id)


@router.post(
    "/{webhook_id}/rotate",
    operation_id="rotate_webhook_secret",
    summary="A new secret",
    responses=session_responses("webhook_not_found"),
)
def rotate_webhook_secret(held: Held, caller: Who, webhook_id: WebhookId) -> schemas.Secret:
    with _problems():
        return schemas.Secret(secret=held.webhooks.rotate(caller.subject, webhook_id))


@router.post(
    "/{webhook_id}/ping",
    status_code=202,
    operation_id="ping_webhook",
    summary="Send a message of type `ping`",
    responses=session_responses("webhook_not_found"),
)
def ping_webhook(held: Held, caller: Who, webhook_id: WebhookId) -> schemas.Message:
    with _problems():
        return _message(held.outbox.enqueue(caller.subject, webhook_id, "ping"))


@router.get(
    "/{webhook_id}/messages",
    operation_id="list_messages",
    summary="The delivery log, newest first",
    responses=session_responses("webhook_not_found"),
)
def list_messages(
    held: Held,
    caller: Who,
    webhook_id: WebhookId,
    limit: Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])] = 20,
    starting_after: Annotated[
        schemas.MessageId | None,
        Query(
            description="Last one of the page before",
            examples=["msg_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ] = None,
) -> schemas.MessagePage:
    subject = caller.subject
    with _problems():
        after = None
        if starting_after is not None:
            after = held.outbox.message(subject, webhook_id, starting_after)
        found = held.outbox.page(subject, webhook_id, after, limit + 1)
    data = [_message(one) for one in found[:limit]]
    return schemas.MessagePage(data=data, has_more=len(found) > limit)


@router.get(
    "/{webhook_id}/messages/{message_id}",
    operation_id="get_message",
    summary="A message, with each try",
    responses=session_responses("webhook_not_found"),
)
def get_message(
    held: Held, caller: Who, webhook_id: WebhookId, message_id: MessageId
) -> schemas.MessageDetail:
    with _problems():
        found = held.outbox.message(caller.subject, webhook_id, message_id)
    attempts = [
        schemas.Attempt(
            number=one.number,
            at=rfc3339(one.at),
            status=one.result.status,
            error=one.result.error,
            milliseconds=one.result.milliseconds,
        )
        for one in held.outbox.attempts(message_id)
    ]
    return schemas.MessageDetail(**_message(found).model_dump(), body=found.body, attempts=attempts)


@router.post(
    "/{webhook_id}/messages/{message_id}/resend",
    status_code=202,
    operation_id="resend_message",
    summary="Deliver a message again",
    responses=session_responses("webhook_not_found"),
)
def resend_message(
    held: Held, caller: Who, webhook_id: WebhookId, message_id: MessageId
) -> schemas.Message:
    """With all its tries, whether or not it was delivered."""
    with _problems():
        return _message(held.outbox.resend(caller.subject, webhook_id, message_id))


def _place(state: ServerState, given: schemas.WebhookRequest) -> tuple[int, str | None]:
    """The chain to follow, and the book if one is meant. Raises `Problem`."""
    loan = given.loan and bytes.fromhex(given.loan[2:])
    with state.snapshot(loan or None) as snapshot:
        view = snapshot.one_book(given.chain_id, given.book)
        return view.chain_id, view.book if given.book else None


@contextmanager
def _problems() -> Iterator[None]:
    try:
        yield
    except WebhookUnknown as error:
        raise Problem("webhook_not_found", "You have no such webhook or message.") from error
    except WebhooksTooMany as error:
        detail = f"At most {store.MOST_WEBHOOKS}; delete one first."
        raise Problem("webhooks_too_many", detail) from error
    except UrlRefused as error:
        wrong = FieldError(error.reason, pointer="#/url")
        raise Problem(
            "url_refused",
            "Use https and a host whose every address is on the Internet.",
            errors=[wrong],
            extra={"reason": error.reason},
        ) from error


def _webhook(held: Notices, hook: store.Webhook) -> schemas.Webhook:
    return schemas.Webhook(
        webhook_id=hook.webhook_id,
        url=held.webhooks.target(hook.subject, hook.webhook_id).url,
        types=None if hook.filter.types is None else sorted(hook.filter.types),  # type: ignore[arg-type]
        loan=hook.filter.loan,
        borrower=hook.filter.borrower,
        lender=hook.filter.lender,
        chain_id=hook.filter.chain_id,
        book=hook.filter.book,
        created_at=rfc3339(hook.created_at),
    )


def _message(message: Message) -> schemas.Message:
    return schemas.Message(
        message_id=message.message_id,
        sequence=message.sequence,
        type=message.type,
        state=message.state,  # type: ignore[arg-type]
        tries=message.tries,
        created_at=rfc3339(message.created_at),
        next_at=rfc3339(message.next_at) if message.state == "pending" else None,
    )
