"""The door of every route under `/v1`: who asks, whether the table lets him in, and how often.

It stands before the body is read and before any stored outcome is replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from tallystick.api.bodies import refuse_doubles
from tallystick.api.callers import Caller, identify
from tallystick.api.limiter import KeyLimiter
from tallystick.api.permissions import Rule, rule_for
from tallystick.api.problems import Problem

if TYPE_CHECKING:  # it brings all that is kept of people
    from tallystick.identity.access.access import Access

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedRoute(APIRoute):
    """A route that the table of permissions opens. `request.state.caller` is who asks, or None."""

    def get_route_handler(self) -> Handler:
        handler = self.inner(super().get_route_handler())

        async def handle(request: Request) -> Response:
            await admit(request, rule_for(request.method, request.scope["route"].path))
            if request.headers.get("content-type", "").lower().startswith("application/json"):
                refuse_doubles(await request.body())
            return await handler(request)

        return handle

    def inner(self, handler: Handler) -> Handler:
        """What a kind of route adds, once the caller is let in."""
        return handler


async def admit(request: Request, rule: Rule) -> None:
    """Raises `Problem` unless the caller may. Public routes look at no cookie."""
    request.state.caller = None
    access: Access | None = request.app.state.access
    if rule.public and (access is None or "authorization" not in request.headers):
        return
    if access is None:
        raise Problem("identity_unavailable", "This service keeps no identities.")
    caller = await run_in_threadpool(identify, request, access)
    limiter: KeyLimiter = request.app.state.key_limiter
    if caller.key is not None:
        limiter.count(caller.key.key_id, caller.key.per_minute)
    _check(caller, rule)
    request.state.caller = caller


def _check(caller: Caller, rule: Rule) -> None:
    if rule.public:
        return
    if caller.key is not None:
        if rule.scope not in caller.key.scopes:
            needed = rule.scope or "a session: no key may do this"
            raise Problem("scope_missing", f"The key needs {needed}.")
    elif not rule.admits(caller.roles):
        needed = ", ".join(sorted(rule.roles or ()))
        raise Problem("role_missing", f"One of these roles is needed: {needed}.")
