"""What routes about people share: who asks, and the cookie."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tallystick.api.callers import COOKIE, Caller
from tallystick.api.guard import GuardedRoute, Handler
from tallystick.api.problems import Problem, document_responses
from tallystick.api.state import ServerState
from tallystick.chain.clock import people_clock
from tallystick.config import Settings
from tallystick.identity.access.access import Access
from tallystick.identity.access.sessions import LIFE_SECONDS

TAG = "identity"
SESSION_ERRORS = (
    "unauthorized",
    "role_missing",
    "scope_missing",
    "csrf_refused",
    "identity_unavailable",
)


class PrivateRoute(GuardedRoute):
    """Answers about people are kept by nobody on the way, nor for replay: no ETag, no outcome."""

    def inner(self, handler: Handler) -> Handler:
        async def handle(request: Request) -> Response:
            response = await handler(request)
            response.headers["Cache-Control"] = "no-store"
            return response

        return handle


def open_access(settings: Settings, state: ServerState) -> Access | None:
    """Signing in, where keys for it are configured. Raises `KeyServiceInvalid`, `RulesInvalid`."""
    given = (settings.vault_keys, settings.vault_kms, settings.vault_index_key)
    if not any(value is not None for value in given):
        return None
    from tallystick.screening.listed import Listed  # numpy comes along, slow to load

    listed = Listed.from_settings(settings)
    now = people_clock(state.clock)
    return Access.open(settings, state.deployment.chain_id, state.rpc, listed, now)


def access_of(request: Request) -> Access:
    """Dependency: signing in. Raises `Problem` where it is not configured."""
    access: Access | None = request.app.state.access
    if access is None:
        raise Problem("identity_unavailable", "This service keeps no identities.")
    return access


def caller_of(request: Request) -> Caller:
    """Dependency: who the guard let in."""
    caller: Caller = request.state.caller
    return caller


def set_cookie(response: Response, token: str) -> None:
    """Gives the browser its session."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=LIFE_SECONDS,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )


def clear_cookie(response: Response) -> None:
    """Takes the browser's session away."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")


def session_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` of an operation that needs a session."""
    return document_responses(*SESSION_ERRORS, *codes)
