"""The inbox, and how one wishes to be told."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import messages
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.messages import Notes
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

PAGE_SIZE = 25

router = own_router()


@router.get("/messages")
def show_messages(
    request: Request,
    state: State,
    access: Gate,
    notes: Notes,
    caller: Who,
    after: Annotated[str, Query(pattern=r"^(note_[a-z2-7]{26})?$")] = "",
    unread: Annotated[bool, Query()] = False,  # noqa: FBT002
) -> HTMLResponse:
    """All that was told, the newest first."""
    found = messages.list_my_messages(
        state, access, notes, caller, PAGE_SIZE, after or None, unread=unread
    )
    with state.snapshot() as snapshot:
        return page(
            request,
            "own/messages.html",
            snapshot,
            notes=found,
            unread=unread,
            after=after,
            wishes=messages.get_notifications(notes, caller),
        )


@router.get("/messages/{note_id}")
def show_message(
    request: Request,
    state: State,
    access: Gate,
    notes: Notes,
    caller: Who,
    note_id: Annotated[str, Path(max_length=64)],
) -> HTMLResponse:
    """One message, which is read by that, and how it left."""
    note = messages.get_my_message(state, access, notes, caller, note_id)
    if note.read_at is None:
        messages.mark_my_message_read(access, notes, caller, note_id)
    with state.snapshot() as snapshot:
        return page(request, "own/message.html", snapshot, note=note)
