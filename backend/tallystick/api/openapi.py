"""The OpenAPI document: what FastAPI derives, and what the route class and middleware add to it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from tallystick.api.callers import COOKIE, CSRF_HEADER
from tallystick.api.permissions import Rule, rule_for, served_routes
from tallystick.api.problems import document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.schemas.events import LedgerEvent, Withdrawal
from tallystick.api.schemas.types import ProblemDocument
from tallystick.identity.authority.roles import EVERYBODY

DESCRIPTION = """
Loans that borrower and lender both signed, kept on chain, and what is needed to make new ones.

Amounts are integers in base units of the token that stands beside them, sent as strings. Times are
RFC 3339 in UTC. Every answer tells the block at which it is true. Every error is a problem document
(RFC 9457) with a stable `code`. The server holds nobody's keys: it prepares typed data to sign and
transactions to send.
"""

_SCHEMES = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "description": "Token of a session with carrier `bearer`",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": f"Session with carrier `cookie`; changes also need {CSRF_HEADER}",
    },
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "Key of an integrator, `tsk_...`, within its scopes",
    },
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The first outcome under a key is kept for a day and replayed",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
    "example": "5e2c9b1e-71fd-4e0e-9b5e-1c1f0c6f3a52",
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETag of an earlier answer; 304 when nothing changed",
    "schema": {"type": "string"},
    "example": '"9f86d081884c7d659a2feaa0c55ad015"',
}
_BODY_CODES: tuple[str, ...] = (
    "malformed_request",
    "payload_too_large",
    "unsupported_media_type",
)
_KEY_CODES = ("idempotency_key_in_flight", "idempotency_key_reused")


def build_openapi(app: FastAPI) -> dict[str, Any]:
    """The whole document; the same for every deployment, so that it can be compared."""
    document = get_openapi(
        title="Tallystick",
        version="1",
        summary="An on-chain loan ledger",
        description=DESCRIPTION.strip(),
        routes=app.routes,
    )
    schemas = document["components"]["schemas"]
    _, definitions = models_json_schema(
        [(model, "serialization") for model in (ProblemDocument, LedgerEvent, Withdrawal)],
        ref_template="#/components/schemas/{model}",
    )
    schemas.update(definitions["$defs"])
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    routes = dict(served_routes(app))
    for path, operations in document["paths"].items():
        if path.startswith("/v1"):
            for method, operation in operations.items():
                route = routes[f"{method.upper()} {path}"]
                _complete(method, operation, kept=isinstance(route, LedgerRoute))
                _permit(rule_for(method.upper(), path), operation)
    document["components"]["securitySchemes"] = _SCHEMES
    return document


def _permit(rule: Rule, operation: dict[str, Any]) -> None:
    """States who may call it, from the table that the guard asks. An `Authorization` that is not
    good is refused everywhere, also where none is needed."""
    for status, response in document_responses("unauthorized").items():
        operation["responses"].setdefault(str(status), response)
    if rule.public:
        return
    operation["security"] = [{"session": []}, {"cookie": []}]
    if rule.scope is not None:
        operation["security"].append({"key": []})
    needed = sorted(rule.roles or ())
    if rule.roles is not None and not rule.roles >= EVERYBODY:
        text = f"Roles: {', '.join(needed)}."
        operation["description"] = f"{operation.get('description', '')}\n\n{text}".strip()
    if rule.scope is not None:
        text = f"Scope of a key: {rule.scope}."
        operation["description"] = f"{operation.get('description', '')}\n\n{text}".strip()


def _complete(method: str, operation: dict[str, Any], *, kept: bool) -> None:
    """What every operation of a method has in common; `kept`: with ETag or idempotency key."""
    parameters = operation.setdefault("parameters", [])
    if "text/event-stream" in operation["responses"].get("200", {}).get("content", {}):
        return
    if method == "get" and not kept:
        return
    if method == "get":
        parameters.append(_IF_NONE_MATCH)
        operation["responses"]["304"] = {"description": "Not Modified"}
        return
    codes = _BODY_CODES
    if kept:
        parameters.append(_IDEMPOTENCY_KEY)
        codes += _KEY_CODES
    for status, response in document_responses(*codes).items():
        known = operation["responses"].setdefault(str(status), response)
        for media, content in response["content"].items():
            known["content"][media]["examples"] |= content["examples"]
