"""Whose request it is: a session that came as a bearer token or a cookie, or an integrator's key.

A browser's session is in a cookie that scripts cannot read and that alone permits no change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi.security.utils import get_authorization_scheme_param
from starlette.requests import Request

from tallystick.api.problems import Problem
from tallystick.identity.access.errors import SessionInvalid
from tallystick.identity.access.sessions import Carrier, Session
from tallystick.identity.authority.errors import KeyInvalid
from tallystick.identity.authority.keys import ApiKey, is_key
from tallystick.identity.authority.roles import Role
from tallystick.identity.vault import SubjectErased

if TYPE_CHECKING:  # it brings all that is kept of people
    from tallystick.identity.access.access import Access

COOKIE = "__Host-tallystick"
CSRF_HEADER = "X-CSRF-Token"


@dataclass(frozen=True, slots=True)
class Caller:
    """The subject of a request, by its session or by a key. `csrf_token` for a cookie's."""

    subject: str
    roles: frozenset[Role]
    opened: Session | None = None
    csrf_token: str | None = None
    key: ApiKey | None = None

    @property
    def session(self) -> Session:
        """The session behind the request. Raises `Problem` for a key."""
        if self.opened is None:
            raise Problem("scope_missing", "This needs a session: no key may do it.")
        return self.opened


def identify(request: Request, access: Access) -> Caller:
    """Raises `Problem` when nobody can be told."""
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    cookie = request.cookies.get(COOKIE)
    try:
        if scheme.lower() == "bearer":
            return _by_key(access, token) if is_key(token) else _by_token(access, token)
        if cookie is not None:
            return _by_cookie(request, access, cookie)
    except (KeyInvalid, SessionInvalid, SubjectErased):
        pass
    raise Problem(
        "unauthorized",
        "Sign in first: there is no open session and no key with this token.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def check_origin(request: Request, access: Access) -> None:
    """Refuses what another site's page sends. Raises `Problem`."""
    origin = request.headers.get("origin", access.place.origin)
    site = request.headers.get("sec-fetch-site", "same-origin")
    if origin != access.place.origin or site not in ("same-origin", "none"):
        raise Problem("csrf_refused", "Requests from the pages of other sites are refused.")


def _by_token(access: Access, token: str) -> Caller:
    session = _resume(access, token, "bearer")
    return Caller(session.subject, access.grants.roles_of(session.subject), session)


def _by_cookie(request: Request, access: Access, cookie: str) -> Caller:
    session = _resume(access, cookie, "cookie")
    if request.method not in ("GET", "HEAD"):
        check_origin(request, access)
        if not access.sessions.is_csrf_token(cookie, request.headers.get(CSRF_HEADER, "")):
            raise Problem("csrf_refused", f"Send the session's {CSRF_HEADER}.")
    roles = access.grants.roles_of(session.subject)
    return Caller(session.subject, roles, session, access.sessions.csrf_token(cookie))


def _by_key(access: Access, token: str) -> Caller:
    key = access.keys.resume(token)
    return Caller(key.subject, frozenset(), key=key)


def _resume(access: Access, token: str, carrier: Carrier) -> Session:
    session = access.sessions.resume(token, carrier)
    access.vault.require(session.subject)
    return session
