"""The route class of `/v1`: conditional GETs and idempotent POSTs, alike for every endpoint."""

from __future__ import annotations

import hashlib

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from tallystick.api.answers import Answer, AnswerCache, is_steady
from tallystick.api.guard import GuardedRoute, Handler
from tallystick.api.idempotency import (
    IdempotencyStore,
    Outcome,
    bound_key,
    check_key,
    fingerprint,
)
from tallystick.api.problems import Problem, problem_for, trace_id_of

CACHE_CONTROL = "no-cache"


class LedgerRoute(GuardedRoute):
    """GET answers carry an ETag and honour `If-None-Match`; POSTs honour `Idempotency-Key`."""

    def inner(self, handler: Handler) -> Handler:
        if self.methods != {"GET"}:
            return _idempotent(handler)
        return _remembered(handler) if is_steady(self.endpoint) else _conditional(handler)


def _conditional(handler: Handler) -> Handler:
    async def handle(request: Request) -> Response:
        response = await handler(request)
        if response.status_code != 200:
            return response
        response.headers["ETag"] = tag_of(bytes(response.body))
        response.headers.setdefault("Cache-Control", CACHE_CONTROL)
        return _unless_known(request, response)

    return handle


def _remembered(handler: Handler) -> Handler:
    """As `_conditional`, and an answer that was given already is not made again."""

    async def handle(request: Request) -> Response:
        answers: AnswerCache = request.app.state.server.answers
        url = request.scope["path"].encode() + b"?" + request.scope["query_string"]
        version = answers.version()
        answer = answers.get(url, version)
        if answer is None:
            response = await handler(request)
            if response.status_code != 200:
                return response
            body = bytes(response.body)
            answer = Answer(body, response.headers["content-type"], tag_of(body))
            answers.put(url, version, answer)
        headers = {"ETag": answer.etag, "Cache-Control": CACHE_CONTROL}
        response = Response(answer.body, headers=headers, media_type=answer.media_type)
        return _unless_known(request, response)

    return handle


def _unless_known(request: Request, response: Response) -> Response:
    """304 when the caller has this answer already (RFC 9110, 13.1.2)."""
    given = request.headers.get("if-none-match")
    if given is None:
        return response
    if is_known(response.headers["ETag"], given):
        kept = {name: response.headers[name] for name in ("ETag", "Cache-Control")}
        return Response(status_code=304, headers=kept)
    return response


def is_known(etag: str, given: str) -> bool:
    """Whether an `If-None-Match` names the answer with this tag."""
    asked = [part.strip().removeprefix("W/") for part in given.split(",")]
    return etag in asked or asked == ["*"]


def tag_of(body: bytes) -> str:
    """The ETag of an answer."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


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
