"""Who may call which route: one row each, and a route without a row is not served.

A row says which roles may call it (`None`: anybody, signed in or not), which scope lets a key of an
integrator in as well, and whose objects it answers about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from tallystick.identity.authority.roles import EVERYBODY, STAFF, Role, Scope


class Whose(StrEnum):
    """Whose objects a route answers about."""

    EVERYBODYS = "everybody's"
    OWN = "the caller's own"


class RouteUndeclared(Exception):
    """The table and the routes differ; the message names where."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a caller needs. `roles` None: nothing."""

    roles: frozenset[Role] | None
    whose: Whose
    scope: Scope | None = None

    @property
    def public(self) -> bool:
        return self.roles is None

    def admits(self, roles: frozenset[Role]) -> bool:
        """Whether one of `roles` is enough."""
        return self.roles is None or bool(self.roles & roles)


PUBLIC = Rule(None, Whose.EVERYBODYS)
OWN = Rule(EVERYBODY, Whose.OWN)


def staff(*roles: Role) -> Rule:
    """For these roles, about everybody."""
    return Rule(frozenset(roles), Whose.EVERYBODYS)


_CHECKERS = (Role.REVIEWER, Role.RISK_OFFICER, Role.ADMINISTRATOR)
_MAKERS = (*_CHECKERS, Role.COLLECTOR)
_COLLECTING = (Role.COLLECTOR, Role.RISK_OFFICER)
_REPAIRERS = (Role.COLLECTOR, Role.RISK_OFFICER)
_TAKERS = Rule(frozenset({Role.COLLECTOR}), Whose.EVERYBODYS, Scope.CHANNELS_WRITE)
_INTEGRATOR = Rule(frozenset({Role.INTEGRATOR}), Whose.OWN)
_HOOKS_READ = Rule(frozenset({Role.INTEGRATOR}), Whose.OWN, Scope.WEBHOOKS_READ)
_HOOKS_WRITE = Rule(frozenset({Role.INTEGRATOR}), Whose.OWN, Scope.WEBHOOKS_WRITE)

TABLE: dict[str, Rule] = {
    # the ledger is public, and the id of an offer is its own permission
    "GET /v1/loans": PUBLIC,
    "GET /v1/loans/{loan_id}": PUBLIC,
    "GET /v1/loans/{loan_id}/amendments": PUBLIC,
    "GET /v1/loans/{loan_id}/events": PUBLIC,
    "GET /v1/loans/{loan_id}/schedule": PUBLIC,
    "GET /v1/loans/{loan_id}/payments": PUBLIC,
    "GET /v1/loans/{loan_id}/due": PUBLIC,
    "GET /v1/loans/{loan_id}/proof": PUBLIC,
    "GET /v1/loans/{loan_id}/signatures": PUBLIC,
    "GET /v1/loans/{loan_id}/statement": PUBLIC,
    "GET /v1/loans/{loan_id}/amortization": PUBLIC,
    "GET /v1/loans/{loan_id}/payments/{number}/receipt": PUBLIC,
    "GET /v1/loans/{loan_id}/calendar.ics": PUBLIC,
    "GET /v1/loans/{loan_id}/delinquency": PUBLIC,
    "GET /v1/loans/{loan_id}/steps": PUBLIC,
    "POST /v1/loans/{loan_id}/transactions": PUBLIC,
    "GET /v1/portfolio": PUBLIC,
    "POST /v1/offers": PUBLIC,
    "GET /v1/offers/{offer_id}": PUBLIC,
    "POST /v1/offers/{offer_id}/signatures": PUBLIC,
    "GET /v1/offers/{offer_id}/transaction": PUBLIC,
    "GET /v1/offers/{offer_id}/revocation": PUBLIC,
    "GET /v1/me/offers": OWN,
    "POST /v1/loans/{loan_id}/changes": PUBLIC,
    "GET /v1/changes/{change_id}": PUBLIC,
    "POST /v1/changes/{change_id}/signatures": PUBLIC,
    "GET /v1/changes/{change_id}/transaction": PUBLIC,
    "POST /v1/loans/{loan_id}/assignments": PUBLIC,
    "GET /v1/assignments/{assignment_id}": PUBLIC,
    "POST /v1/assignments/{assignment_id}/signatures": PUBLIC,
    "GET /v1/assignments/{assignment_id}/transaction": PUBLIC,
    "GET /v1/assignments/{assignment_id}/revocation": PUBLIC,
    "GET /v1/chain": PUBLIC,
    "GET /v1/books": PUBLIC,
    "PUT /v1/chain/clock": PUBLIC,  # of a development chain, whose node lets everybody do it
    "GET /v1/events": PUBLIC,
    # computed from what is sent
    "POST /v1/quotes": PUBLIC,
    "POST /v1/quotes/schedule": PUBLIC,
    "POST /v1/quotes/payoff": PUBLIC,
    "POST /v1/quotes/prepayment": PUBLIC,
    "POST /v1/quotes/restructuring": PUBLIC,
    "POST /v1/quotes/plan": PUBLIC,
    # credit
    "GET /v1/products": PUBLIC,
    "POST /v1/me/applications": OWN,
    "GET /v1/me/applications": OWN,
    "GET /v1/me/applications/{application_id}": OWN,
    "POST /v1/me/applications/{application_id}/acceptance": OWN,
    "GET /v1/me/applications/{application_id}/changes": OWN,
    "GET /v1/me/applications/{application_id}/notice": OWN,
    "GET /v1/me/standing": OWN,
    "GET /v1/me/bank-statements": OWN,
    "POST /v1/me/bank-statements": OWN,
    "DELETE /v1/me/bank-statements/{statement_id}": OWN,
    "GET /v1/releases": staff(Role.RISK_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR),
    "POST /v1/releases": staff(Role.RISK_OFFICER),
    "GET /v1/releases/{release}": staff(Role.RISK_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR),
    "POST /v1/releases/{release}/proposal": staff(Role.RISK_OFFICER),
    "GET /v1/releases/{release}/cards/{arm}": staff(
        Role.RISK_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR
    ),
    "POST /v1/releases/{release}/approval": staff(Role.RISK_OFFICER),
    "GET /v1/credit-reviews": staff(Role.REVIEWER, Role.RISK_OFFICER, Role.AUDITOR),
    "GET /v1/credit-reviews/{review_id}": staff(Role.REVIEWER, Role.RISK_OFFICER),
    "POST /v1/credit-reviews/{review_id}/proposal": staff(Role.REVIEWER, Role.RISK_OFFICER),
    "POST /v1/credit-reviews/{review_id}/approval": staff(Role.REVIEWER, Role.RISK_OFFICER),
    "POST /v1/credit-reviews/{review_id}/refusal": staff(Role.REVIEWER, Role.RISK_OFFICER),
    "GET /v1/fraud-hits": staff(Role.REVIEWER, Role.RISK_OFFICER, Role.AUDITOR),
    "POST /v1/fraud-hits/{hit_id}/judgement": staff(Role.REVIEWER, Role.RISK_OFFICER),
    # one's claims
    "GET /v1/me/claims": OWN,
    "GET /v1/me/claims/totals": OWN,
    "GET /v1/me/claims/cash-flow": OWN,
    # repair
    "GET /v1/repair-rules": PUBLIC,
    "POST /v1/me/repairs": OWN,
    "GET /v1/me/repairs": OWN,
    "GET /v1/me/repairs/{repair_id}": OWN,
    "GET /v1/me/repairs/{repair_id}/recommendation": OWN,
    "POST /v1/me/repairs/{repair_id}/offers": OWN,
    "POST /v1/me/repairs/{repair_id}/offers/{number}/acceptance": OWN,
    "POST /v1/me/repairs/{repair_id}/withdrawal": OWN,
    "POST /v1/me/repairs/{repair_id}/attestation": OWN,
    "GET /v1/repair-fund": PUBLIC,
    "POST /v1/repair-fund/transactions": PUBLIC,
    "GET /v1/lessons": PUBLIC,
    "GET /v1/lessons/{name}": PUBLIC,
    "GET /v1/me/lessons": OWN,
    "POST /v1/me/lessons/{name}/answers": OWN,
    "GET /v1/me/credit-record": OWN,
    "POST /v1/me/credit-record/{entry_id}/dispute": OWN,
    "GET /v1/credit-records/{address}": PUBLIC,
    "GET /v1/record-disputes": staff(Role.REVIEWER, Role.RISK_OFFICER, Role.AUDITOR),
    "GET /v1/record-disputes/{dispute_id}": staff(Role.REVIEWER, Role.RISK_OFFICER),
    "POST /v1/record-disputes/{dispute_id}/answer": staff(Role.REVIEWER, Role.RISK_OFFICER),
    "GET /v1/me/repair-requests": OWN,
    "GET /v1/me/repair-requests/{repair_id}": OWN,
    "POST /v1/me/repair-requests/{repair_id}/offers": OWN,
    "POST /v1/me/repair-requests/{repair_id}/offers/{number}/acceptance": OWN,
    "POST /v1/me/repair-requests/{repair_id}/refusal": OWN,
    "GET /v1/repair-cases": staff(*_REPAIRERS, Role.AUDITOR),
    "GET /v1/repair-cases/{repair_id}": staff(*_REPAIRERS),
    "GET /v1/repair-cases/{repair_id}/evidence/{place}": staff(*_REPAIRERS),
    "POST /v1/repair-cases/{repair_id}/problem": staff(*_REPAIRERS),
    "POST /v1/repair-cases/{repair_id}/offers": staff(*_REPAIRERS),
    "POST /v1/repair-cases/{repair_id}/offers/{number}/proposal": staff(*_REPAIRERS),
    "POST /v1/repair-cases/{repair_id}/offers/{number}/approval": staff(*_REPAIRERS),
    "POST /v1/repair-cases/{repair_id}/refusal": staff(*_REPAIRERS),
    # signing in
    "POST /v1/sign-in/challenges": PUBLIC,
    "POST /v1/sessions": PUBLIC,
    "GET /v1/sessions": OWN,
    "DELETE /v1/sessions/{session_id}": OWN,
    "GET /v1/me": OWN,
    "POST /v1/me/challenges": OWN,
    "POST /v1/me/wallets": OWN,
    "POST /v1/me/wallets/{address}/unbind": OWN,
    # one's own data
    "GET /v1/consent-texts": PUBLIC,
    "GET /v1/erasures/{erasure_id}": PUBLIC,
    "GET /v1/me/consents": OWN,
    "POST /v1/me/consents": OWN,
    "POST /v1/me/consents/{purpose}/withdraw": OWN,
    "GET /v1/me/records/{record}": OWN,
    "PUT /v1/me/records/{record}": OWN,
    "GET /v1/me/records/{record}/versions": OWN,
    "POST /v1/me/restriction": OWN,
    "POST /v1/me/export": OWN,
    "POST /v1/me/erasure": OWN,
    "GET /v1/me/objections": OWN,
    "POST /v1/me/objections": OWN,
    "GET /v1/me/objections/{objection_id}/words": OWN,
    "GET /v1/objections": staff(Role.REVIEWER, Role.RISK_OFFICER, Role.AUDITOR),
    "GET /v1/objections/{objection_id}": staff(Role.REVIEWER, Role.RISK_OFFICER, Role.AUDITOR),
    "GET /v1/objections/{objection_id}/words": staff(Role.REVIEWER, Role.RISK_OFFICER),
    # what one is told
    "GET /v1/me/messages": OWN,
    "GET /v1/me/messages/{note_id}": OWN,
    "POST /v1/me/messages/{note_id}/read": OWN,
    "GET /v1/me/notifications": OWN,
    "PUT /v1/me/notifications": OWN,
    "POST /v1/me/calendar": OWN,
    "DELETE /v1/me/calendar": OWN,
    "GET /v1/calendars/{secret}.ics": PUBLIC,  # the secret is the permission
    "GET /v1/stops/{token}": PUBLIC,  # and so it is here
    "POST /v1/stops/{token}": PUBLIC,
    # what comes in by channels
    "GET /v1/loans/{loan_id}/reference": PUBLIC,
    "POST /v1/channels/{channel}/statements": _TAKERS,
    "POST /v1/channels/{channel}/receipts": _TAKERS,
    "GET /v1/receipts": staff(Role.COLLECTOR, Role.RISK_OFFICER, Role.AUDITOR),
    "POST /v1/receipts/{receipt_id}/resolution": staff(Role.COLLECTOR, Role.RISK_OFFICER),
    "GET /v1/reconciliation": staff(Role.COLLECTOR, Role.RISK_OFFICER, Role.AUDITOR),
    # being known
    "GET /v1/me/identity": OWN,
    "POST /v1/me/identity/cases": OWN,
    "PUT /v1/me/identity/cases/{case_id}/files/{part}": OWN,
    "POST /v1/me/identity/cases/{case_id}/submission": OWN,
    "POST /v1/me/identity/cases/{case_id}/withdraw": OWN,
    "POST /v1/me/identity/attestations": OWN,
    "GET /v1/identity/cases": staff(Role.REVIEWER, Role.AUDITOR),
    "GET /v1/identity/cases/{case_id}": staff(Role.REVIEWER, Role.AUDITOR),
    "GET /v1/identity/cases/{case_id}/evidence": staff(Role.REVIEWER),
    "GET /v1/identity/cases/{case_id}/files/{part}": staff(Role.REVIEWER),
    "POST /v1/identity/cases/{case_id}/proposal": staff(Role.REVIEWER),
    "POST /v1/identity/cases/{case_id}/refusal": staff(Role.REVIEWER),
    # servicing
    "GET /v1/me/disputes": OWN,
    "POST /v1/me/disputes": OWN,
    "GET /v1/me/disputes/{dispute_id}": OWN,
    "POST /v1/me/disputes/{dispute_id}/withdraw": OWN,
    "GET /v1/me/promises": OWN,
    "POST /v1/me/promises": OWN,
    "GET /v1/disputes": staff(Role.REVIEWER, Role.RISK_OFFICER, Role.AUDITOR),
    "GET /v1/disputes/{dispute_id}": staff(Role.REVIEWER, Role.RISK_OFFICER),
    "POST /v1/disputes/{dispute_id}/answer": staff(Role.REVIEWER, Role.RISK_OFFICER),
    "GET /v1/collections": staff(*_COLLECTING, Role.AUDITOR),
    "POST /v1/collections": staff(*_COLLECTING),
    "GET /v1/collections/tokens": staff(*_COLLECTING, Role.AUDITOR),
    "GET /v1/collections/{collection_id}": staff(*_COLLECTING),
    "GET /v1/collections/{collection_id}/contact-check": staff(*_COLLECTING),
    "POST /v1/collections/{collection_id}/assignment": staff(*_COLLECTING),
    "POST /v1/collections/{collection_id}/contacts": staff(*_COLLECTING),
    "POST /v1/collections/{collection_id}/actions": staff(*_COLLECTING),
    "POST /v1/collections/{collection_id}/promises": staff(*_COLLECTING),
    "POST /v1/collections/{collection_id}/hand-over": staff(*_COLLECTING),
    "POST /v1/collections/{collection_id}/recall": staff(*_COLLECTING),
    "POST /v1/collections/{collection_id}/closure": staff(*_COLLECTING),
    "GET /v1/collections/{collection_id}/package": staff(*_COLLECTING),
    "GET /v1/early-warning/effect": staff(*_COLLECTING, Role.AUDITOR),
    "GET /v1/closes": staff(*_COLLECTING, Role.AUDITOR),
    "GET /v1/closes/{date}/corrections": staff(*_COLLECTING, Role.AUDITOR),
    "GET /v1/closes/loans/{loan_id}": staff(*_COLLECTING, Role.AUDITOR),
    # four eyes: the matter decides further, and nobody checks his own
    "GET /v1/approvals": staff(*STAFF),
    "POST /v1/approvals": staff(*_MAKERS),
    "GET /v1/approvals/{approval_id}": staff(*STAFF),
    "POST /v1/approvals/{approval_id}/approve": staff(*_CHECKERS),
    "POST /v1/approvals/{approval_id}/refuse": staff(*_CHECKERS),
    "POST /v1/approvals/{approval_id}/withdraw": Rule(frozenset(_MAKERS), Whose.OWN),
    "POST /v1/approvals/{approval_id}/use": staff(*_MAKERS),
    "GET /v1/trail": staff(Role.ADMINISTRATOR, Role.AUDITOR),
    "GET /v1/trail/verification": staff(Role.ADMINISTRATOR, Role.AUDITOR),
    "GET /v1/operations": staff(*STAFF),
    "GET /v1/roles": staff(Role.ADMINISTRATOR, Role.AUDITOR),
    # keys: made by hand, never by a key
    "GET /v1/me/api-keys": _INTEGRATOR,
    "POST /v1/me/api-keys": _INTEGRATOR,
    "POST /v1/me/api-keys/{key_id}/rotate": _INTEGRATOR,
    "DELETE /v1/me/api-keys/{key_id}": _INTEGRATOR,
    "GET /v1/webhooks": _HOOKS_READ,
    "POST /v1/webhooks": _HOOKS_WRITE,
    "DELETE /v1/webhooks/{webhook_id}": _HOOKS_WRITE,
    "POST /v1/webhooks/{webhook_id}/rotate": _HOOKS_WRITE,
    "POST /v1/webhooks/{webhook_id}/ping": _HOOKS_WRITE,
    "GET /v1/webhooks/{webhook_id}/messages": _HOOKS_READ,
    "GET /v1/webhooks/{webhook_id}/messages/{message_id}": _HOOKS_READ,
    "POST /v1/webhooks/{webhook_id}/messages/{message_id}/resend": _HOOKS_WRITE,
    # for operators, whose proxy keeps /metrics and /readyz to itself
    "GET /healthz": PUBLIC,
    "GET /readyz": PUBLIC,
    "GET /metrics": PUBLIC,
    # pages and documents
    "GET /": PUBLIC,
    "GET /loans/{loan_id}": PUBLIC,
    "GET /loans/{loan_id}/audit": PUBLIC,
    "GET /offers/{offer_id}": PUBLIC,
    "GET /changes/{change_id}": PUBLIC,
    "GET /assignments/{assignment_id}": PUBLIC,
    "GET /loans/{loan_id}/claim": PUBLIC,
    "GET /accounts/{address}": PUBLIC,
    "GET /sign-in": PUBLIC,
    "GET /help": PUBLIC,
    "GET /help/{name}": PUBLIC,
    "GET /lessons": PUBLIC,
    "GET /lessons/{name}": PUBLIC,
    "GET /erasures/{erasure_id}": PUBLIC,
    "GET /me": OWN,
    "GET /me/lending": OWN,
    "GET /me/lending/offers": OWN,
    "GET /me/lending/offers/new": OWN,
    "GET /me/lending/requests": OWN,
    "GET /me/lending/requests/{repair_id}": OWN,
    "GET /me/apply": OWN,
    "GET /me/applications": OWN,
    "GET /me/applications/{application_id}": OWN,
    "GET /me/calendar": OWN,
    "GET /me/statements": OWN,
    "GET /me/messages": OWN,
    "GET /me/messages/{note_id}": OWN,
    "GET /me/matters": OWN,
    "GET /me/matters/{dispute_id}": OWN,
    "GET /me/record": OWN,
    "GET /me/identity": OWN,
    "GET /me/privacy": OWN,
    "GET /me/wallets": OWN,
    "GET /me/keys": OWN,
    "GET /me/webhooks": OWN,
    "GET /me/webhooks/{webhook_id}": _INTEGRATOR,
    "GET /me/webhooks/{webhook_id}/messages/{message_id}": _INTEGRATOR,
    "GET /me/quiz": OWN,
    "GET /me/repairs": OWN,
    "GET /me/repairs/new": OWN,
    "GET /me/repairs/{repair_id}": OWN,
    "GET /docs": PUBLIC,
    "GET /reference": PUBLIC,
    "GET /reference/{name}": PUBLIC,
    "GET /sandbox": PUBLIC,
    "GET /openapi.json": PUBLIC,
    "HEAD /openapi.json": PUBLIC,
    "MOUNT /static": PUBLIC,
}

STAFF_PAGES = {
    "/staff/approvals": "/v1/approvals",
    "/staff/approvals/{approval_id}": "/v1/approvals/{approval_id}",
    "/staff/reviews": "/v1/credit-reviews",
    "/staff/reviews/{review_id}": "/v1/credit-reviews/{review_id}",
    "/staff/fraud": "/v1/fraud-hits",
    "/staff/identity": "/v1/identity/cases",
    "/staff/identity/{case_id}": "/v1/identity/cases/{case_id}",
    "/staff/objections": "/v1/objections",
    "/staff/objections/{objection_id}": "/v1/objections/{objection_id}/words",
    "/staff/disputes": "/v1/disputes",
    "/staff/disputes/{dispute_id}": "/v1/disputes/{dispute_id}",
    "/staff/record-disputes": "/v1/record-disputes",
    "/staff/record-disputes/{dispute_id}": "/v1/record-disputes/{dispute_id}",
    "/staff/collections": "/v1/collections",
    "/staff/collections/{collection_id}": "/v1/collections/{collection_id}",
    "/staff/repairs": "/v1/repair-cases",
    "/staff/repairs/{repair_id}": "/v1/repair-cases/{repair_id}",
    "/staff/receipts": "/v1/receipts",
    "/staff/policies": "/v1/releases",
    "/staff/policies/{release}": "/v1/releases/{release}",
    "/staff/trail": "/v1/trail",
    "/staff/trail/verification": "/v1/trail/verification",
    "/staff/roles": "/v1/roles",
    "/staff/operations": "/v1/operations",
}
"""Pages of the staff: open to whoever may ask the route that they tell the answer of."""
TABLE["GET /staff"] = staff(*STAFF)
TABLE |= {f"GET {page}": TABLE[f"GET {route}"] for page, route in STAFF_PAGES.items()}


def check_table(app: FastAPI, guarded: type) -> None:
    """Raises `RouteUndeclared` unless table and routes are the same, and every route that is not
    public is one of `guarded`, which asks the table."""
    served = dict(served_routes(app))
    wrong = [f"no row: {name}" for name in served if name not in TABLE]
    wrong += [f"no route: {name}" for name in TABLE if name not in served]
    wrong += [
        f"not guarded: {name}"
        for name, route in served.items()
        if name in TABLE and not TABLE[name].public and not isinstance(route, guarded)
    ]
    wrong += [
        f"the auditor only looks: {name}"
        for name, rule in TABLE.items()
        if Role.AUDITOR in (rule.roles or ()) and not name.startswith("GET ")
    ]
    if wrong:
        raise RouteUndeclared("; ".join(wrong))


def rule_for(method: str, path: str) -> Rule:
    """The row of a route by its path with the names of parameters."""
    return TABLE[f"{method} {path}"]


def served_routes(app: FastAPI) -> Iterator[tuple[str, object]]:
    """Method and path of each route, with the route."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        path = getattr(route, "path", "")
        for method in getattr(route, "methods", None) or {"MOUNT"}:
            yield f"{method} {path}", route
