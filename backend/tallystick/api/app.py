"""The server's application, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from tallystick.api.core import NO_TELEMETRY, RAISED, Core
from tallystick.api.desk import open_desk
from tallystick.api.guard import GuardedRoute
from tallystick.api.lending import open_lending
from tallystick.api.limiter import KeyLimiter, RateLimitMiddleware
from tallystick.api.middleware import BodyMiddleware, TraceMiddleware
from tallystick.api.notifier import Notices
from tallystick.api.openapi import build_openapi
from tallystick.api.people import open_access
from tallystick.api.permissions import check_table
from tallystick.api.problems import problem_for, trace_id_of
from tallystick.api.quick import QuickReads
from tallystick.api.repairing import open_repairs
from tallystick.api.routes import (
    api_keys,
    applications,
    approvals,
    assignments,
    bank_statements,
    chain,
    changes,
    channels,
    claims,
    clock,
    closes,
    collections,
    credit_records,
    credit_reviews,
    disputes,
    effect,
    events,
    fraud_hits,
    health,
    identity,
    kyc,
    lessons,
    loans,
    messages,
    objections,
    offers,
    operations,
    own_offers,
    packages,
    plans,
    portfolio,
    products,
    proof,
    quotes,
    releases,
    repair_cases,
    repair_fund,
    repairs,
    reviews,
    rights,
    signatures,
    standing,
    statements,
    steps,
    trail,
    transactions,
    webhooks,
)
from tallystick.channels.catalogue import load_channels
from tallystick.channels.receipts import receipts_file
from tallystick.config import Settings
from tallystick.messages.outbox import messages_file
from tallystick.web.mounting import error_page, mount_pages

MOST_BODY_BYTES = 256 * 1024
MOST_POSTS_PER_MINUTE = 300


def create_app(
    settings: Settings,
    *,
    posts_per_minute: int = MOST_POSTS_PER_MINUTE,
    core: Core | None = None,
) -> FastAPI:
    """The application, which closes the `core` it is given, or opens.

    Raises `RouteUndeclared` when a route has no row in the table of permissions, `DeploymentError`
    when there is no usable deployment record, `KeyServiceInvalid` when the keys of the vault cannot
    be used, `SettingsError` when the lender's cannot, or traces cannot be sent, `PolicyInvalid`
    when the servicing policy cannot be read, `ChannelsInvalid` when the file of channels cannot.
    """
    core = core or Core.open(settings)
    tracing, state, reader = core.tracing, core.state, core.reader
    access = open_access(settings, state)

    notices = None if access is None else Notices.open(settings, access)
    notes = None if access is None else messages_file(settings.messages)
    book = None if access is None else receipts_file(settings.receipts)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        core.close()
        if notices is not None:
            notices.webhooks.close()
        for file in (notes, book):
            if file is not None:
                file.close()
        if access is not None:
            access.close()

    app = FastAPI(
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_url="/openapi.json",
        telemetry=NO_TELEMETRY,
    )
    app.state.server = state
    app.state.access = access
    app.state.reader = reader
    app.state.lending = open_lending(settings, state, access)
    app.state.desk = open_desk(settings, access)
    app.state.repairs = open_repairs(settings, access)
    app.state.notices = notices
    app.state.messages = notes
    app.state.channels = load_channels(settings.channels)
    app.state.receipts = book
    app.state.idempotency = state.idempotency
    app.state.key_limiter = KeyLimiter()
    for router in (
        loans,
        proof,
        signatures,
        statements,
        portfolio,
        transactions,
        steps,
        offers,
        own_offers,
        changes,
        assignments,
        repair_fund,
        quotes,
        plans,
        products,
        chain,
        clock,
        events,
        health,
    ):
        app.include_router(router.router)
    app.include_router(channels.public)
    for people in (
        chain.books,
        identity.router,
        rights.router,
        rights.own,
        approvals.router,
        api_keys.router,
        objections.own,
        objections.router,
        webhooks.router,
        kyc.router,
        reviews.router,
        applications.own,
        releases.router,
        bank_statements.own,
        credit_reviews.router,
        fraud_hits.router,
        standing.own,
        claims.own,
        own_offers.own,
        collections.router,
        disputes.own,
        disputes.router,
        closes.router,
        effect.router,
        packages.router,
        operations.router,
        trail.router,
        messages.own,
        messages.links,
        channels.staff,
        repairs.rules,
        repairs.own,
        repairs.of_holders,
        repair_cases.router,
        lessons.public,
        lessons.own,
        credit_records.own,
        credit_records.public,
        credit_records.disputes,
    ):
        app.include_router(people)
    mount_pages(app)
    check_table(app, GuardedRoute)
    for error in RAISED:
        app.add_exception_handler(error, answer_error)
    # the one added last runs first
    app.add_middleware(BodyMiddleware, limit=MOST_BODY_BYTES)
    app.add_middleware(RateLimitMiddleware, per_minute=posts_per_minute)
    app.add_middleware(QuickReads, state=state, reader=reader)
    app.add_middleware(TraceMiddleware, tracing=tracing)
    app.openapi = _once(lambda: build_openapi(app))  # type: ignore[method-assign]
    return app


async def answer_error(request: Request, error: Exception) -> Response:
    """A page for people who browse pages, a problem document for everybody else."""
    problem = problem_for(error)
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
        problem.headers["Allow"] = ", ".join(sorted(_methods(request)))
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith("/v1/"):
        return error_page(request, problem)
    return problem.response(trace_id_of(request))


def _methods(request: Request) -> set[str]:
    """What the path may be asked with; the framework names the methods of one route only."""
    routes = (context.original_route for context in iter_route_contexts(request.app.routes))
    return {
        method
        for route in routes
        if route.matches(request.scope)[0] is not Match.NONE
        for method in getattr(route, "methods", None) or ()
    }


def _once(build: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    return cache(build)
