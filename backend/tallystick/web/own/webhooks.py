"""Webhooks: where programs are told, and how each delivery went."""

from __future__ import annotations

from typing import Annotated, get_args

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.problems import Problem
from tallystick.api.routes import webhooks
from tallystick.api.routes.identity import Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.webhooks import Held, MessageId, WebhookId
from tallystick.api.schemas.events import EventType
from tallystick.api.schemas.webhooks import FactType, Webhook
from tallystick.identity.authority.roles import Role
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

PAGE_SIZE = 20

router = own_router()


@router.get("/webhooks")
def show_webhooks(request: Request, state: State, held: Held, caller: Who) -> HTMLResponse:
    """One's own webhooks and a new one; whoever is no integrator learns how to become one."""
    integrates = Role.INTEGRATOR in caller.roles
    with state.snapshot() as snapshot:
        return page(
            request,
            "own/webhooks.html",
            snapshot,
            integrates=integrates,
            webhooks=webhooks.list_webhooks(held, caller).data if integrates else [],
            events=get_args(EventType),
            facts=get_args(FactType),
        )


@router.get("/webhooks/{webhook_id}")
def show_webhook(
    request: Request,
    state: State,
    held: Held,
    caller: Who,
    webhook_id: WebhookId,
    after: Annotated[str, Query(pattern=r"^(msg_[a-z2-7]{26})?$")] = "",
) -> HTMLResponse:
    """The delivery log, the newest message first, each with how its last try ended."""
    hook = _own(held, caller, webhook_id)
    log = webhooks.list_messages(held, caller, webhook_id, PAGE_SIZE, after or None)
    entries = [webhooks.get_message(held, caller, webhook_id, one.message_id) for one in log.data]
    with state.snapshot() as snapshot:
        return page(
            request,
            "own/webhook.html",
            snapshot,
            hook=hook,
            entries=entries,
            has_more=log.has_more,
            after=after,
        )


@router.get("/webhooks/{webhook_id}/messages/{message_id}")
def show_webhook_message(
    request: Request,
    state: State,
    held: Held,
    caller: Who,
    webhook_id: WebhookId,
    message_id: MessageId,
) -> HTMLResponse:
    """What was signed and sent, each try, and how a receiver verifies it."""
    message = webhooks.get_message(held, caller, webhook_id, message_id)
    with state.snapshot() as snapshot:
        return page(
            request,
            "own/webhook_message.html",
            snapshot,
            hook=_own(held, caller, webhook_id),
            message=message,
        )


def _own(held: Held, caller: Who, webhook_id: str) -> Webhook:
    for hook in webhooks.list_webhooks(held, caller).data:
        if hook.webhook_id == webhook_id:
            return hook
    raise Problem("webhook_not_found", "You have no such webhook or message.")
