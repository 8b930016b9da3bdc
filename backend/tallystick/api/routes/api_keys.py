"""An integrator's own keys."""

from __future__ import annotations

from fastapi import APIRouter

from tallystick.api.identity_problems import identity_problem
from tallystick.api.people import TAG, PrivateRoute, session_responses
from tallystick.api.routes.identity import Gate, Who, signed
from tallystick.api.schemas import authority as schemas
from tallystick.api.schemas.identity import SignedMessage
from tallystick.api.schemas.types import rfc3339, rfc3339_or_none
from tallystick.identity.access.challenges import Act
from tallystick.identity.authority.keys import ApiKey, Wish
from tallystick.identity.authority.roles import Scope

router = APIRouter(prefix="/v1/me/api-keys", tags=[TAG], route_class=PrivateRoute)


@router.get(
    "",
    operation_id="list_api_keys",
    summary="One's own keys, newest first",
    responses=session_responses(),
)
def list_api_keys(access: Gate, caller: Who) -> schemas.Keys:
    return schemas.Keys(data=[_key(key) for key in access.keys.of_subject(caller.subject)])


@router.post(
    "",
    status_code=201,
    operation_id="create_api_key",
    summary="A new key",
    responses=session_responses("signed_message_refused", "chain_unavailable"),
)
def create_api_key(access: Gate, caller: Who, given: schemas.KeyRequest) -> schemas.NewKey:
    """Signed (act `create_key`): a stolen session makes no key that outlives it."""
    wish = Wish(given.name, frozenset(map(Scope, given.scopes)), given.days, given.per_minute)
    with identity_problem():
        access.confirm(caller.session, signed(given.confirmation), Act.CREATE_KEY, caller.subject)
        key, token = access.keys.create(caller.subject, wish)
    return schemas.NewKey(**_key(key).model_dump(), token=token)


@router.post(
    "/{key_id}/rotate",
    operation_id="rotate_api_key",
    summary="A new secret for a key",
    responses=session_responses("api_key_not_found", "signed_message_refused", "chain_unavailable"),
)
def rotate_api_key(
    access: Gate, caller: Who, key_id: schemas.KeyId, given: SignedMessage
) -> schemas.NewKey:
    """Signed (act `create_key`). The old secret ends at once; life and scopes stay."""
    with identity_problem():
        access.confirm(caller.session, signed(given), Act.CREATE_KEY, caller.subject)
        key, token = access.keys.rotate(caller.subject, key_id)
    return schemas.NewKey(**_key(key).model_dump(), token=token)


@router.delete(
    "/{key_id}",
    status_code=204,
    operation_id="revoke_api_key",
    summary="End a key",
    responses=session_responses("api_key_not_found"),
)
def revoke_api_key(access: Gate, caller: Who, key_id: schemas.KeyId) -> None:
    with identity_problem():
        access.keys.revoke(caller.subject, key_id)


def _key(key: ApiKey) -> schemas.Key:
    return schemas.Key(
        key_id=key.key_id,
        name=key.name,
        scopes=[scope.value for scope in sorted(key.scopes)],
        per_minute=key.per_minute,
        created_at=rfc3339(key.created_at),
        expires_at=rfc3339(key.expires_at),
        seen_at=rfc3339_or_none(key.seen_at),
    )
