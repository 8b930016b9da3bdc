"""What waits for those who work here, by queue, and who one is."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import identity
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.identity.authority.roles import EVERYBODY
from tallystick.web.rendering import page
from tallystick.web.staff.queues import Desk, queues_of
from tallystick.web.staff.router import staff_router

router = staff_router()


@router.get("")
def show_staff_home(request: Request, state: State, access: Gate, caller: Who) -> HTMLResponse:
    """The queues that one may see, each with its length and its oldest item."""
    queues = queues_of(Desk(request, state, access, caller))
    now = access.vault.now()
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/home.html",
            snapshot,
            me=identity.get_me(access, caller),
            roles=sorted(caller.roles - EVERYBODY),
            queues=queues,
            ages={one.address: now - _seconds(one.since) for one in queues if one.since},
        )


def _seconds(moment: str) -> int:
    return int(datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
