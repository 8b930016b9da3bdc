"""Where the staff can go: each only where the table of permissions lets the caller in."""

from __future__ import annotations

from tallystick.api.callers import Caller
from tallystick.api.permissions import TABLE
from tallystick.web.words import N_

PLACES = (
    ("/staff", N_("What waits")),
    ("/staff/approvals", N_("Four eyes")),
    ("/staff/reviews", N_("Referrals")),
    ("/staff/fraud", N_("Fraud hits")),
    ("/staff/identity", N_("Identity")),
    ("/staff/objections", N_("Objections")),
    ("/staff/disputes", N_("Disputes")),
    ("/staff/record-disputes", N_("Disputed entries")),
    ("/staff/collections", N_("Collections")),
    ("/staff/repairs", N_("Repairs")),
    ("/staff/receipts", N_("Receipts")),
    ("/staff/policies", N_("Policies")),
    ("/staff/trail", N_("Audit trail")),
    ("/staff/roles", N_("Roles")),
    ("/staff/operations", N_("Operations")),
)


def may(caller: Caller | None, route: str) -> bool:
    """Whether the caller may call a route, by its method and path: `GET /v1/roles`."""
    return caller is not None and TABLE[route].admits(caller.roles)


def places_of(caller: Caller | None) -> list[tuple[str, str]]:
    """The places of a caller, in English: address and name."""
    return [place for place in PLACES if may(caller, f"GET {place[0]}")]
