"""The receipt of an erasure, for whoever can no longer sign in."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import rights
from tallystick.api.routes.identity import Gate
from tallystick.web.rendering import plain_page

router = APIRouter(include_in_schema=False)


@router.get("/erasures/{erasure_id}")
def show_erasure(request: Request, access: Gate, erasure_id: str) -> HTMLResponse:
    """Knowing the id is enough; nothing personal is left to tell."""
    receipt = rights.get_erasure(access, erasure_id)
    response = plain_page(request, "erasure.html", receipt=receipt)
    response.headers["Cache-Control"] = "no-store"
    return response
