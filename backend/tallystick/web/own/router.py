"""What the pages of one's own share: only their owner sees them, and nobody keeps them."""

from __future__ import annotations

from fastapi import APIRouter

from tallystick.api.people import PrivateRoute


def own_router() -> APIRouter:
    """Routes that the table of permissions guards as it guards the API's; see docs/web.md."""
    return APIRouter(prefix="/me", include_in_schema=False, route_class=PrivateRoute)
