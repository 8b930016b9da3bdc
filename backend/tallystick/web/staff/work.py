"""All pages of the staff."""

from __future__ import annotations

from tallystick.web.staff import (
    approvals,
    collections,
    fraud,
    home,
    identity,
    matters,
    operations,
    policies,
    repairs,
    reviews,
    trail,
)

ROUTERS = tuple(
    module.router
    for module in (
        *(home, approvals, reviews, fraud, identity, matters),
        *(collections, repairs, policies, trail, operations),
    )
)
