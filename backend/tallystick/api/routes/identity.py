"""Signing in, and one's own sessions and wallets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from tallystick.api.callers import COOKIE, Caller, check_origin
from tallystick.api.identity_problems import identity_problem
from tallystick.api.people import (
    TAG,
    PrivateRoute,
    access_of,
    caller_of,
    clear_cookie,
    session_responses,
    set_cookie,
)
from tallystick.api.problems import document_responses
from tallystick.api.schemas import identity as schemas
from tallystick.api.schemas.types import ADDRESS, ADDRESS_PATTERN, checksum, rfc3339
from tallystick.identity.access import challenges, sessions
from tallystick.identity.access.access import Access, Signed
from tallystick.identity.access.challenges import Act
from tallystick.identity.rights.purposes import consent_about

router = APIRouter(prefix="/v1", tags=[TAG], route_class=PrivateRoute)

Gate = Annotated[Access, Depends(access_of)]
Who = Annotated[Caller, Depends(caller_of)]
WalletAddress = Annotated[
    str, Path(pattern=ADDRESS_PATTERN, description="Account, EIP-55", examples=[ADDRESS])
]


@router.post(
    "/sign-in/challenges",
    status_code=201,
    operation_id="create_sign_in_challenge",
    summary="The message that signs a wallet in",
    responses=document_responses("identity_unavailable"),
)
def create_sign_in_challenge(access: Gate, given: schemas.SignInRequest) -> schemas.Challenge:
    """Says nothing about whether the wallet is known."""
    address = checksum(given.address, pointer="#/address")
    return _challenge(access.challenges.issue(address, Act.SIGN_IN))


@router.post(
    "/sessions",
    status_code=201,
    operation_id="create_session",
    summary="Sign in",
    responses=document_responses(
        "signed_message_refused", "csrf_refused", "identity_unavailable", "chain_unavailable"
    ),
)
def create_session(
    request: Request, response: Response, access: Gate, given: schemas.SignIn
) -> schemas.NewSession:
    """The token or cookie is always a new one; the session of a cookie that was sent along ends."""
    check_origin(request, access)
    with identity_problem():
        session, token = access.sign_in(signed(given), given.carrier)
    if COOKIE in request.cookies:
        access.sessions.revoke_token(request.cookies[COOKIE])
    by_cookie = given.carrier == "cookie"
    if by_cookie:
        set_cookie(response, token)
    return schemas.NewSession(
        **_session(session, session.session_id).model_dump(),
        subject=session.subject,
        token=None if by_cookie else token,
        csrf_token=access.sessions.csrf_token(token) if by_cookie else None,
    )


@router.get(
    "/sessions",
    operation_id="list_sessions",
    summary="One's own open sessions, newest first",
    responses=session_responses(),
)
def list_sessions(access: Gate, caller: Who) -> schemas.Sessions:
    found = access.sessions.of_subject(caller.subject)
    current = caller.session.session_id
    return schemas.Sessions(data=[_session(session, current) for session in found])


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    operation_id="revoke_session",
    summary="End one of one's own sessions",
    responses=session_responses("session_not_found"),
)
def revoke_session(
    access: Gate, caller: Who, response: Response, session_id: schemas.SessionId
) -> None:
    """`session_id` of the current session signs out."""
    with identity_problem():
        access.sessions.revoke(caller.subject, session_id)
    if session_id == caller.session.session_id and caller.csrf_token is not None:
        clear_cookie(response)


@router.get(
    "/me",
    operation_id="get_me",
    summary="Who is signed in, with wallets",
    responses=session_responses(),
)
def get_me(access: Gate, caller: Who) -> schemas.Me:
    with identity_problem():
        wallets = _wallets(access, caller)
    return schemas.Me(
        subject=caller.subject,
        session=_session(caller.session, caller.session.session_id),
        roles=sorted(caller.roles),
        csrf_token=caller.csrf_token,
        wallets=wallets,
    )


@router.post(
    "/me/challenges",
    status_code=201,
    operation_id="create_challenge",
    summary="The message that permits a sensitive act",
    responses=session_responses("record_not_found", "approval_not_found"),
)
def create_challenge(
    access: Gate, caller: Who, given: schemas.ChallengeRequest
) -> schemas.Challenge:
    """Good once, for five minutes, for this session, this wallet and this act."""
    signer = checksum(given.signer, pointer="#/signer")
    with identity_problem():
        return _challenge(
            access.challenge(caller.session, signer, Act(given.act), _about(access, caller, given))
        )


@router.post(
    "/me/wallets",
    status_code=201,
    operation_id="bind_wallet",
    summary="Bind a further wallet",
    responses=session_responses("signed_message_refused", "wallet_taken", "chain_unavailable"),
)
def bind_wallet(access: Gate, caller: Who, given: schemas.WalletBinding) -> schemas.Wallets:
    """The wallet signs for itself, and one that is bound already confirms: neither a stolen session
    nor a foreign wallet is enough."""
    address = checksum(given.address, pointer="#/address")
    with identity_problem():
        access.bind(caller.session, address, signed(given.own), signed(given.confirmation))
        return schemas.Wallets(data=_wallets(access, caller))


@router.post(
    "/me/wallets/{address}/unbind",
    operation_id="unbind_wallet",
    summary="Unbind a wallet and end its sessions",
    responses=session_responses(
        "signed_message_refused", "wallet_not_found", "last_wallet", "chain_unavailable"
    ),
)
def unbind_wallet(
    access: Gate, caller: Who, address: WalletAddress, given: schemas.SignedMessage
) -> schemas.Wallets:
    """Confirmed by any wallet that is bound, also the one that goes."""
    wallet = checksum(address, pointer="#/address")
    with identity_problem():
        access.unbind(caller.session, wallet, signed(given))
        return schemas.Wallets(data=_wallets(access, caller))


def _about(access: Access, caller: Caller, given: schemas.ChallengeRequest) -> str:
    if given.approval_id is not None:
        return access.approvals.get(given.approval_id).about
    if given.address is not None:
        return checksum(given.address, pointer="#/address")
    if given.purpose is not None and given.version is not None:
        return consent_about(given.purpose, given.version)
    return caller.subject


def signed(given: schemas.SignedMessage) -> Signed:
    return Signed(given.message, bytes.fromhex(given.signature[2:]))


def _challenge(made: challenges.Challenge) -> schemas.Challenge:
    return schemas.Challenge(
        message=made.message, nonce=made.nonce, expires_at=rfc3339(made.expires_at)
    )


def _session(session: sessions.Session, current: str) -> schemas.Session:
    return schemas.Session(
        session_id=session.session_id,
        carrier=session.carrier,
        current=session.session_id == current,
        created_at=rfc3339(session.created_at),
        seen_at=rfc3339(session.seen_at),
        expires_at=rfc3339(session.expires_at),
    )


def _wallets(access: Access, caller: Caller) -> list[schemas.Wallet]:
    access.rights.admit(caller.subject, caller.subject, "wallets", "own_request")
    return [
        schemas.Wallet(address=wallet.address, bound_at=rfc3339(wallet.bound_at))
        for wallet in access.wallets.of_subject(caller.subject)
    ]
