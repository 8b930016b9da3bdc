"""What the pages of the staff share: the table of permissions opens them, and nobody keeps them."""

from __future__ import annotations

from fastapi import APIRouter

from tallystick.api.people import PrivateRoute


def staff_router() -> APIRouter:
    """Routes that the table of permissions guards as it guards the API's; see docs/web.md."""
    return APIRouter(prefix="/staff", include_in_schema=False, route_class=PrivateRoute)
