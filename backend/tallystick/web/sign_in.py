"""Signing in by a wallet, and the way back to the page that asked for it."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tallystick.api.routes.loans import State
from tallystick.web.rendering import plain_page

HOME = "/me"
# one slash only, and nothing that a browser would read as another host
_LOCAL = re.compile(r"/(?![/\\])[A-Za-z0-9/_.?=&%-]{0,500}")

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
def show_sign_in(request: Request, state: State, next: str = HOME) -> HTMLResponse:  # noqa: A002 - its name in the address
    """Where a wallet signs in; afterwards the browser goes on to `next`, a page of ours."""
    response = plain_page(
        request,
        "sign_in.html",
        next=next if _LOCAL.fullmatch(next) else HOME,
        chain_id=state.deployment.chain_id,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def sign_in_address(request: Request) -> str:
    """The sign-in page that leads back to what was asked for."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/sign-in?{urlencode({'next': asked})}"
