"""Limits how many changes one address may ask for."""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from tallystick.api.problems import Problem


class RateLimitMiddleware:
    """Answers 429 with `Retry-After` beyond `per_minute` changes in a minute from one address.

    Reads are not counted: they are cheap and answered from this machine alone.
    """

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            caller = (scope.get("client") or ("unknown", 0))[0]
            if not self._limiter.hit(self._item, caller):
                reset = self._limiter.get_window_stats(self._item, caller).reset_time
                wait = max(1, int(reset - time.time()) + 1)
                problem = Problem(
                    "rate_limited",
                    f"At most {self._item.amount} changes a minute.",
                    headers={"Retry-After": str(wait)},
                )
                await problem.response(scope["trace_id"])(scope, receive, send)
                return
        await self.app(scope, receive, send)
