"""The route class of `/v1`: conditional GETs and idempotent POSTs, alike for every endpoint."""

from __future__ import annotations

import hashlib

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from tallystick.api.guard import GuardedRoute, Handler
from tallystick.api.idempotency import (
    IdempotencyStore,
    Outcome,
    bound_key,
    check_key,
    fingerprint,
)
from tallystick.api.problems import Problem, problem_for, trace_id_of


class LedgerRoute(GuardedRoute):
    """GET answers carry an ETag and honour `If-None-Match`; POSTs honour `Idempotency-Key`."""

    def inner(self, handler: Handler) -> Handler:
        return _conditional(handler) if self.methods == {"GET"} else _idempotent(handler)


def _conditional(handler: Handler) -> Handler:
    async def handle(request: Request) -> Response:
        response = await handler(request)
        if response.status_code != 200:
            return response
        tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
        response.headers["ETag"] = tag
        response.headers.setdefault("Cache-Control", "no-cache")
        asked = [
            part.strip().removeprefix("W/")
            for part in request.headers.get("if-none-match", "").split(",")
        ]
        if tag in asked or asked == ["*"]:
            kept = {name: response.headers[name] for name in ("ETag", "Cache-Control")}
            return Response(status_code=304, headers=kept)
        return response

    return handle


def _idempotent(handler: Handler) -> Handler:
    async def handle(request: Request) -> Response:
        key = request.headers.get("idempotency-key")
        if key is None:
            return await handler(request)
        check_key(key)
        store: IdempotencyStore = request.app.state.idempotency
        key = bound_key(key, request.state.caller)
        print_ = fingerprint(request.method, str(request.url.path), await request.body())
        stored = await run_in_threadpool(store.begin, key, print_)
        if stored is not None:
            return stored.response()
        try:
            response = await handler(request)
        except Exception as error:
            problem = problem_for(error)
            if problem.code == "internal_error":
                await run_in_threadpool(store.finish, key, _failure(problem))
                raise
            response = problem.response(trace_id_of(request))
        media_type = response.headers.get("content-type", "application/json")
        outcome = Outcome(
            response.status_code,
            media_type,
            bytes(response.body),
            response.headers.get("location"),
        )
        await run_in_threadpool(store.finish, key, outcome)
        return response

    return handle


def _failure(problem: Problem) -> Outcome:
    return Outcome(problem.status, "", b"")
