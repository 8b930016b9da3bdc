"""Roles and scopes.

Whoever signs in borrows and lends for himself; everything beyond that is granted. A key of an
integrator has no role: it may do what its scopes say, for its owner alone.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person or firm is to this service."""

    BORROWER = "borrower"
    LENDER = "lender"
    REVIEWER = "reviewer"
    RISK_OFFICER = "risk_officer"
    COLLECTOR = "collector"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    INTEGRATOR = "integrator"


class Scope(StrEnum):
    """What a key of an integrator may do."""

    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    CHANNELS_WRITE = "channels:write"


EVERYBODY = frozenset({Role.BORROWER, Role.LENDER})
"""Roles of whoever is signed in."""
GRANTED = frozenset(Role) - EVERYBODY
STAFF = GRANTED - {Role.INTEGRATOR}
"""Whoever acts for the service, the auditor by looking only."""
