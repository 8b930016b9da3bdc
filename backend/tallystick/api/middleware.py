"""What happens to every request before routing: trace id, limits, security headers, metrics."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable
from functools import cache

from prometheus_client import Histogram
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tallystick import logs
from tallystick.api.metrics import REQUEST_SECONDS
from tallystick.api.problems import Problem
from tallystick.api.tracing import Tracing

logger = logging.getLogger("tallystick.api")
requests = logging.getLogger("tallystick.requests")

_STOP = "/v1/stops/"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
"""What browsers and mail programs send by one click."""
_UPLOAD = re.compile(r"/v1/me/identity/cases/[^/]+/files/[^/]+|/v1/me/bank-statements")

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


_ALWAYS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
_POLICY = (b"content-security-policy", PAGE_POLICY.encode())
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
"""Those that metrics tell apart: anybody may send any word."""
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class TraceMiddleware:
    """Gives each request a trace id (the caller's `traceparent`, or a new one), answers what nobody
    caught with a problem document, adds the headers that every answer carries, and logs a line."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self.app = app
        self.tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        trace = self.tracing.begin(_traceparent(scope))
        trace_id = trace.trace_id
        scope["trace_id"] = trace_id
        told = logs.trace_id.set(trace_id)
        status = 500
        begun = time.perf_counter()

        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started, status
            if message["type"] == "http.response.start":
                started, status = True, message["status"]
                headers = message["headers"] = list(message["headers"])
                headers.append((b"x-trace-id", trace_id.encode()))
                headers += _ALWAYS
                if not any(name.lower() == _POLICY[0] for name, _ in headers):
                    headers.append(_POLICY)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            logger.exception("unhandled error, trace id %s", trace_id)
            if started:
                raise
            problem = Problem("internal_error", "The error was recorded under this trace id.")
            await problem.response(trace_id)(scope, receive, send_with_headers)
        finally:
            # the route's template, not the path: a path holds ids and would make endless series
            route = getattr(scope.get("route"), "path", "unmatched")
            seconds = time.perf_counter() - begun
            method = scope["method"] if scope["method"] in _METHODS else "other"
            _seconds(method, route, status).observe(seconds)
            trace.end(scope["method"], route, status)
            _tell(scope["method"], route, status, seconds)
            logs.trace_id.reset(told)


@cache
def _seconds(method: str, route: str, status: int) -> Histogram:
    """The series; looking it up by its labels costs more than counting."""
    return REQUEST_SECONDS.labels(method, route, str(status))


def _traceparent(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            text: str = value.decode("latin-1")
            return text
    return ""


def _tell(method: str, route: str, status: int, seconds: float) -> None:
    """The request's line in the log."""
    if requests.isEnabledFor(logging.INFO):
        facts = {
            "method": method,
            "route": route,
            "status": status,
            "ms": round(1_000 * seconds, 3),
        }
        requests.info("%s %s %d", method, route, status, extra={"told": facts})


class BodyMiddleware:
    """Refuses bodies that are too large, whether announced or streamed, or that are not JSON.

    The body is read whole before the application sees it, so that a refusal never comes half-way.
    Only files are left to their route, which reads them once it knows whose they are.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _WITH_BODY:
            await self.app(scope, receive, send)
            return
        if _UPLOAD.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        try:
            form = scope["path"].startswith(_STOP)
            body = await self._read(Headers(scope=scope), receive, form=form)
        except Problem as problem:
            # the rest of the body is not read, so the connection cannot be used again
            problem.headers["Connection"] = "close"
            await problem.response(scope["trace_id"])(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)

    async def _read(self, headers: Headers, receive: Receive, *, form: bool) -> bytes:
        announced = headers.get("content-length", "0")
        too_large = Problem("payload_too_large", f"At most {self.limit} bytes are accepted.")
        if not announced.isdigit() or int(announced) > self.limit:
            raise too_large
        chunks: list[bytes] = []
        size = 0
        more = True
        while more:
            message = await receive()
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self.limit:
                raise too_large
            chunks.append(chunk)
            more = message.get("more_body", False)
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if size and media_type != "application/json" and not (form and media_type in _FORMS):
            raise Problem("unsupported_media_type", "Send application/json.")
        return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    pending = True

    async def receive_once() -> Message:
        nonlocal pending
        if pending:
            pending = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return receive_once
