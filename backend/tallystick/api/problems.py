"""Errors as problem documents (RFC 9457).

Every error that leaves the API has one shape and a stable `code`, whatever its status. A code is a
promise to callers: its meaning and status never change, new ones may be added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"

CODES: dict[str, tuple[int, str]] = {
    # the request itself
    "malformed_request": (400, "The request body cannot be read"),
    "unauthorized": (401, "Authentication is required"),
    "forbidden": (403, "This is not allowed"),
    "not_found": (404, "There is nothing at this address"),
    "method_not_allowed": (405, "This address does not answer this method"),
    "conflict": (409, "The request conflicts with the present state"),
    "payload_too_large": (413, "The request body is too large"),
    "unsupported_media_type": (415, "The request body is not JSON"),
    "validation_failed": (422, "The request does not meet the requirements"),
    "rate_limited": (429, "Too many requests"),
    "internal_error": (500, "Something went wrong on our side"),
    # idempotency and paging
    "idempotency_key_in_flight": (409, "A request with this key is still being worked on"),
    "idempotency_key_reused": (422, "This key was used with another request"),
    "cursor_unknown": (422, "The page cannot start after an unknown item"),
    # the chain and the index
    "chain_unavailable": (503, "The chain cannot be reached"),
    "proof_unavailable": (503, "The node cannot prove this now"),
    "index_not_ready": (503, "The index has not reached the chain yet"),
    "clock_not_settable": (403, "Only a development chain's clock can be set"),
    "clock_behind": (409, "The clock cannot go back"),
    # loans and offers
    "loan_not_found": (404, "No such loan"),
    "payment_not_found": (404, "No such payment"),
    "offer_not_found": (404, "No such offer"),
    "terms_invalid": (422, "These terms cannot become a loan"),
    "signer_not_party": (422, "The signer is not a party to the agreement"),
    "signature_invalid": (422, "The signature is not the signer's over this agreement"),
    "offer_expired": (409, "The offer can no longer be accepted"),
    "offer_not_signed": (409, "A signature is missing"),
    "change_not_found": (404, "No such change"),
    "assignment_not_found": (404, "No such transfer of a claim"),
    # people
    "identity_unavailable": (503, "This service keeps no identities"),
    "signed_message_refused": (403, "The signed message does not permit this"),
    "csrf_refused": (403, "The request does not come from this service's own pages"),
    "session_not_found": (404, "No such session"),
    "wallet_not_found": (404, "No such wallet"),
    "wallet_taken": (409, "The wallet is bound to another subject"),
    "last_wallet": (409, "A subject keeps at least one wallet"),
    "record_not_found": (404, "No such record"),
    "record_changed": (412, "Somebody wrote another version meanwhile"),
    "consent_not_found": (404, "No such consent"),
    "legal_hold": (409, "The law keeps this data"),
    "erasure_not_found": (404, "No such erasure"),
    "erasure_unfinished": (503, "The erasure is not finished yet"),
    # roles, keys, and what two must agree on
    "role_missing": (403, "No role of the caller permits this"),
    "scope_missing": (403, "The key does not permit this"),
    "same_eyes": (403, "Nobody checks what he asked for himself"),
    "approval_not_found": (404, "No such request for approval"),
    "approval_closed": (409, "The request for approval is closed"),
    "api_key_not_found": (404, "No such API key"),
    "statement_not_found": (404, "No such bank statement"),
    "statement_refused": (422, "The bank statement cannot be read"),
    "objection_not_found": (404, "No such objection"),
    "objection_exists": (409, "There is an objection to this decision"),
    "release_not_found": (404, "No such release of lending rules"),
    "release_invalid": (422, "The rules cannot be released"),
    "release_refused": (409, "The release may not be put into force like this"),
    # webhooks
    "channel_not_found": (404, "No such channel"),
    "receipt_not_found": (404, "No such receipt"),
    "receipt_known": (409, "This receipt was taken in before"),
    "receipt_settled": (409, "Nothing is open about this receipt"),
    "resolution_refused": (422, "The receipt cannot be resolved this way"),
    "message_not_found": (404, "No such message of yours"),
    "calendar_not_found": (404, "No such calendar"),
    "stop_not_found": (404, "No such link"),
    "webhook_not_found": (404, "No such webhook or message"),
    "webhooks_too_many": (409, "There are as many webhooks as may be"),
    "url_refused": (422, "This address must not be called"),
    # being known
    "case_not_found": (404, "No such identity case"),
    "case_undecided": (409, "There is a case that is not decided yet"),
    "case_closed": (409, "The state of the case does not allow it"),
    "parts_missing": (409, "Files that the level needs were not uploaded"),
    "checks_not_passed": (409, "Not every check is passed"),
    "image_refused": (422, "The file is no image that can be kept"),
    "document_refused": (422, "The document's data cannot be right"),
    "level_missing": (409, "No level is in force"),
    "attestation_unavailable": (503, "This service attests nothing"),
    # credit
    "lending_unavailable": (503, "This service does not lend now"),
    "consent_required": (403, "Your consent is needed first"),
    "application_not_found": (404, "No such application"),
    "application_conflict": (409, "The application does not allow this now"),
    "hit_not_found": (404, "No such hit of a fraud rule"),
    # servicing
    "close_not_found": (404, "This business date was not closed"),
    "matter_not_found": (404, "No such case, promise or dispute"),
    "matter_over": (409, "Its state does not allow this"),
    "matter_exists": (409, "There is one already"),
    "contact_refused": (409, "The borrower may not be contacted now"),
    "words_unkept": (409, "There is nobody for whom words can be kept"),
    # repair
    "repair_unavailable": (503, "This service repairs no credit"),
    "repair_not_found": (404, "No such repair"),
    "repair_conflict": (409, "The stage of the repair does not allow this"),
    "fund_unavailable": (503, "This service knows no repair fund"),
    "fund_refuses": (409, "The fund's rules do not allow this"),
    "lesson_not_found": (404, "No such lesson"),
    "entry_not_found": (404, "No such entry or dispute"),
    "dispute_closed": (409, "The dispute cannot be changed"),
    "record_not_public": (404, "No public credit record"),
    "beyond_limits": (409, "The rules do not allow as much"),
    # a transaction that would revert
    "loan_not_active": (409, "The loan is closed"),
    "autopay_off": (409, "The borrower has switched autopay off"),
    "not_entitled": (409, "This account may not do that"),
    "not_agreed": (409, "The terms do not provide for it"),
    "too_early": (409, "The agreed days have not passed"),
    "wrong_status": (409, "The loan's status does not allow it"),
    "loan_exists": (409, "The loan is already recorded"),
    "nothing_due": (409, "Nothing is due now"),
    "payoff_above": (409, "More is owed than the stated maximum"),
    "insufficient_balance": (409, "The payer does not hold enough tokens"),
    "insufficient_allowance": (409, "The payer has not allowed the book to take enough tokens"),
    "token_refused": (409, "The token refused the transfer"),
    "outside_start_window": (409, "The loan cannot start today"),
    "nonce_used": (409, "A nonce of the agreement was used or revoked"),
    "terms_not_in_force": (409, "Other terms are in force"),
    "penalty_owed": (409, "A penalty must be paid first"),
    "debt_above": (409, "More is owed than the new terms allow"),
    "outstanding_below": (409, "Less is left of the claim than agreed"),
    "transaction_reverts": (409, "The transaction would revert"),
}

_BY_STATUS = {
    400: "malformed_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "payload_too_large",
    415: "unsupported_media_type",
    422: "validation_failed",
    429: "rate_limited",
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one member of the body (`pointer`) or one parameter (`parameter`)."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None

    def to_json(self) -> dict[str, str]:
        members = {"detail": self.detail, "pointer": self.pointer, "parameter": self.parameter}
        return {name: value for name, value in members.items() if value is not None}


class Problem(Exception):
    """Raise to answer with the problem `code`, a key of `CODES`.

    `extra` holds further members of the document, such as the amount that is missing.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.status, self.title = CODES[code]
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def to_json(self, trace_id: str) -> dict[str, Any]:
        document: dict[str, Any] = {
            "type": f"urn:tallystick:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "trace_id": trace_id,
        }
        if self.errors:
            document["errors"] = [error.to_json() for error in self.errors]
        return document | self.extra

    def response(self, trace_id: str) -> Response:
        headers = {"Cache-Control": "no-store"} | self.headers
        body = orjson.dumps(self.to_json(trace_id))
        return Response(body, self.status, headers, media_type=MEDIA_TYPE)


def trace_id_of(request: Request) -> str:
    """The trace id that the middleware gave this request."""
    trace_id: str = request.scope["trace_id"]
    return trace_id


def from_http_exception(error: HTTPException) -> Problem:
    """The framework's own errors (unknown path, wrong method) as problems."""
    code = _BY_STATUS.get(error.status_code, "internal_error")
    detail = str(error.detail)
    if detail == HTTPStatus(error.status_code).phrase:
        detail = CODES[code][1] + "."
    return Problem(code, detail, headers=error.headers)


def _pointer(path: Sequence[object]) -> str:
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "#" + "".join(f"/{part}" for part in escaped)


def from_validation_error(error: RequestValidationError) -> Problem:
    """One entry per offending member; the offending values are not repeated."""
    fields: list[FieldError] = []
    for item in error.errors():
        place, *path = item["loc"] or ("body",)
        if item["type"] == "json_invalid":
            return Problem("malformed_request", "The body is not valid JSON.")
        detail = str(item["msg"])
        if place == "body":
            fields.append(FieldError(detail, pointer=_pointer(path)))
        else:
            fields.append(FieldError(detail, parameter=str(path[0]) if path else str(place)))
    names = ", ".join(sorted({f.pointer or f.parameter or "" for f in fields}))
    return Problem("validation_failed", f"Please check: {names}.", errors=fields)


def problem_for(error: Exception) -> Problem:
    """The problem that answers `error`; what is unforeseen is an internal error, undetailed."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return from_validation_error(error)
    if isinstance(error, HTTPException):
        return from_http_exception(error)
    return Problem("internal_error", "The error was recorded under this trace id.")


def document_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` for the given codes, grouped by status, one example each."""
    responses: dict[int | str, dict[str, Any]] = {}
    for code in dict.fromkeys((*codes, "validation_failed", "rate_limited", "internal_error")):
        status, title = CODES[code]
        entry = responses.setdefault(
            status, {"description": HTTPStatus(status).phrase, "content": {}}
        )
        media = entry["content"].setdefault(
            MEDIA_TYPE, {"schema": {"$ref": "#/components/schemas/ProblemDocument"}, "examples": {}}
        )
        example = Problem(code, title + ".").to_json("4bf92f3577b34da6a3ce929d0e0e4736")
        media["examples"][code] = {"summary": title, "value": example}
    return responses
