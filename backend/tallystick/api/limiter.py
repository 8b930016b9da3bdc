"""Limits how many changes one address may ask for, and how many requests one key may send."""

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
                problem = _excess(self._limiter, self._item, caller, "changes")
                await problem.response(scope["trace_id"])(scope, receive, send)
                return
        await self.app(scope, receive, send)


class KeyLimiter:
    """Counts the requests of keys, reads included, each against the key's own limit."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, key_id: str, per_minute: int) -> None:
        """Raises `Problem` (429 with `Retry-After`) beyond `per_minute` in a minute."""
        item = RateLimitItemPerMinute(per_minute)
        if not self._limiter.hit(item, key_id):
            raise _excess(self._limiter, item, key_id, "requests by this key")


def _excess(
    limiter: MovingWindowRateLimiter, item: RateLimitItemPerMinute, who: str, what: str
) -> Problem:
    reset = limiter.get_window_stats(item, who).reset_time
    wait = max(1, int(reset - time.time()) + 1)
    return Problem(
        "rate_limited",
        f"At most {item.amount} {what} a minute.",
        headers={"Retry-After": str(wait)},
    )
