"""Being known: what one's identity case still needs, step by step."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import HTMLResponse

from tallystick.api.problems import Problem
from tallystick.api.routes import identity, kyc, rights
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas.rights import PersonalRecord, RecordName
from tallystick.identity.kyc.levels import PARTS, Level
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

router = own_router()


@router.get("/identity")
def show_identity(request: Request, state: State, access: Gate, caller: Who) -> HTMLResponse:
    """Level, open case with its tasks, and earlier cases."""
    known = kyc.get_own_identity(access, caller)
    case = next((one for one in known.cases if one.state in ("open", "in_review")), None)
    needed = [] if case is None else [part.value for part in PARTS[Level(case.level)]]
    with state.snapshot() as snapshot:
        return page(
            request,
            "own/identity.html",
            snapshot,
            identity=known,
            case=case,
            parts=needed,
            person=record_of(access, caller, "person"),
            me=identity.get_me(access, caller),
            attests=state.settings.gate is not None and state.settings.issuer_key is not None,
        )


def record_of(access: Gate, caller: Who, record: RecordName) -> PersonalRecord | None:
    """What one said of oneself; None while nothing was said."""
    try:
        return rights.get_record(access, caller, HTMLResponse(), record, None)
    except Problem as problem:
        if problem.code != "record_not_found":
            raise
        return None
