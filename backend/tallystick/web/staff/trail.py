"""The audit trail, its verification, and who has which role."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import approvals, trail
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.identity.authority.roles import GRANTED
from tallystick.web.rendering import page
from tallystick.web.staff.router import staff_router

PAGE_SIZE = 50

router = staff_router()

Word = Annotated[str, Query(pattern=r"^[A-Za-z0-9_.:/-]{0,120}$")]


@router.get("/trail")
def show_trail(
    request: Request,
    state: State,
    access: Gate,
    caller: Who,
    actor: Word = "",
    about: Word = "",
    after: Annotated[int | None, Query(ge=1, lt=2**62)] = None,
) -> HTMLResponse:
    """Entries, newest first; of one actor, about one object."""
    found = trail.list_trail(access, actor or None, about or None, PAGE_SIZE, after)
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/trail.html",
            snapshot,
            found=found,
            actor=actor,
            about=about,
            me=caller.subject,
        )


@router.get("/trail/verification")
def show_verification(request: Request, state: State, access: Gate) -> HTMLResponse:
    """Whether the chain of hashes holds, and what of it stands on chain, read just now."""
    found = trail.verify_trail(state, access)
    with state.snapshot() as snapshot:
        return page(request, "staff/verification.html", snapshot, found=found)


@router.get("/roles")
def show_roles(request: Request, state: State, access: Gate, caller: Who) -> HTMLResponse:
    """Who has which role, and asking for a change, which a second administrator answers."""
    granted = approvals.list_roles(access).data
    holders: dict[str, list[tuple[str, str]]] = {}
    for one in granted:
        holders.setdefault(one.subject, []).append((one.role, one.granted_at))
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/roles.html",
            snapshot,
            holders=holders,
            roles=sorted(GRANTED),
            appointed=state.settings.administrators or (),
            me=caller.subject,
        )
