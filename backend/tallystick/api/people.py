"""Who is asking: the session behind a request, and what the identity package raises as problems.

A browser's session is in a cookie that scripts cannot read and that alone permits no change;
anybody else sends a bearer token.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request
from starlette.responses import Response

from tallystick.api.problems import FieldError, Problem, document_responses
from tallystick.api.schemas.types import rfc3339
from tallystick.api.simulation import unavailable
from tallystick.api.state import ServerState
from tallystick.chain.errors import RpcUnavailable
from tallystick.config import Settings
from tallystick.identity.access.access import Access
from tallystick.identity.access.errors import (
    LastWallet,
    MessageRefused,
    SessionInvalid,
    WalletUnknown,
)
from tallystick.identity.access.sessions import LIFE_SECONDS, Carrier, Session
from tallystick.identity.rights.errors import (
    ConsentMissing,
    FieldRefused,
    ReadRefused,
    RightsError,
)
from tallystick.identity.vault import (
    IndexTaken,
    OnHold,
    RecordChanged,
    RecordUnknown,
    ScrubBlocked,
    SubjectErased,
    SubjectUnknown,
)

COOKIE = "__Host-tallystick"
TAG = "identity"
_CSRF_HEADER = "X-CSRF-Token"
_BEARER = HTTPBearer(auto_error=False, description="Token of a session with carrier `bearer`")
_COOKIE = APIKeyCookie(
    name=COOKIE,
    auto_error=False,
    description=f"Session with carrier `cookie`; changes also need {_CSRF_HEADER}",
)

SESSION_ERRORS = ("unauthorized", "csrf_refused", "identity_unavailable")


class PrivateRoute(APIRoute):
    """Answers about people are kept by nobody on the way, nor for replay: no ETag, no outcome."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            response = await handler(request)
            response.headers["Cache-Control"] = "no-store"
            return response

        return handle


def open_access(settings: Settings, state: ServerState) -> Access | None:
    """Signing in, where keys for it are configured. Raises `KeyServiceInvalid`."""
    given = (settings.vault_keys, settings.vault_kms, settings.vault_index_key)
    if not any(value is not None for value in given):
        return None
    return Access.open(settings, state.deployment.chain_id, state.rpc)


def access_of(request: Request) -> Access:
    """Dependency: signing in. Raises `Problem` where it is not configured."""
    access: Access | None = request.app.state.access
    if access is None:
        raise Problem("identity_unavailable", "This service keeps no identities.")
    return access


@dataclass(frozen=True, slots=True)
class Caller:
    """The session of a request. `csrf_token` for what came by cookie."""

    session: Session
    csrf_token: str | None

    @property
    def subject(self) -> str:
        return self.session.subject


def caller_of(
    request: Request,
    access: Annotated[Access, Depends(access_of)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    cookie: Annotated[str | None, Depends(_COOKIE)],
) -> Caller:
    """Dependency: whose request this is. Raises `Problem` for nobody's."""
    try:
        if bearer is not None:
            return Caller(_resume(access, bearer.credentials, "bearer"), None)
        if cookie is not None:
            session = _resume(access, cookie, "cookie")
            if request.method not in ("GET", "HEAD"):
                check_origin(request, access)
                given = request.headers.get(_CSRF_HEADER, "")
                if not access.sessions.is_csrf_token(cookie, given):
                    raise Problem("csrf_refused", f"Send the session's {_CSRF_HEADER}.")
            return Caller(session, access.sessions.csrf_token(cookie))
    except (SessionInvalid, SubjectErased):
        pass
    raise Problem(
        "unauthorized",
        "Sign in first: there is no open session with this token.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _resume(access: Access, token: str, carrier: Carrier) -> Session:
    session = access.sessions.resume(token, carrier)
    access.vault.require(session.subject)
    return session


def check_origin(request: Request, access: Access) -> None:
    """Refuses what another site's page sends. Raises `Problem`."""
    origin = request.headers.get("origin", access.place.origin)
    site = request.headers.get("sec-fetch-site", "same-origin")
    if origin != access.place.origin or site not in ("same-origin", "none"):
        raise Problem("csrf_refused", "Requests from the pages of other sites are refused.")


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


@contextmanager
def identity_problem() -> Iterator[None]:
    """Turns what the identity package raises into problem documents."""
    try:
        yield
    except MessageRefused as error:
        extra = {"reason": error.reason}
        raise Problem("signed_message_refused", str(error), extra=extra) from error
    except SessionInvalid as error:
        raise Problem("session_not_found", "You have no open session with this id.") from error
    except WalletUnknown as error:
        raise Problem("wallet_not_found", "This wallet is not yours.") from error
    except LastWallet as error:
        raise Problem("last_wallet", "Bind another wallet before you unbind this one.") from error
    except IndexTaken as error:
        taken = FieldError("is bound to another subject", pointer="#/address")
        raise Problem("wallet_taken", "Unbind it there first.", errors=[taken]) from error
    except (SubjectErased, SubjectUnknown) as error:
        raise Problem("unauthorized", "The subject of this session was erased.") from error
    except RpcUnavailable as error:
        raise unavailable() from error
    except ScrubBlocked as error:
        raise Problem(
            "erasure_unfinished",
            "The key is destroyed; the files are being read and are overwritten later.",
            headers={"Retry-After": "5"},
        ) from error
    except (OnHold, RecordChanged, RecordUnknown, RightsError) as error:
        raise _rights_problem(error) from error


def _rights_problem(error: Exception) -> Problem:
    match error:
        case OnHold(basis=basis, until=until):
            end = None if until is None else rfc3339(until)
            return Problem(
                "legal_hold",
                f"The law keeps this data: {basis}.",
                extra={"basis": basis, "until": end},
            )
        case RecordChanged(version=version):
            return Problem(
                "record_changed",
                "Read the newest version and correct that.",
                extra={"version": version},
            )
        case ReadRefused(reason=reason):
            return Problem(
                "forbidden", "The purpose does not permit this.", extra={"reason": reason}
            )
        case FieldRefused(field=field, rule=rule):
            wrong = FieldError(rule, pointer=f"#/fields/{field}")
            return Problem("validation_failed", f"{field} {rule}.", errors=[wrong])
        case ConsentMissing():
            return Problem("consent_not_found", "You have not consented to this purpose.")
        case _:
            return Problem("record_not_found", "There is no such record, purpose or version.")


def session_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` of an operation that needs a session."""
    return document_responses(*SESSION_ERRORS, *codes)
