"""All pages and their files, put into the application."""

from __future__ import annotations

import pathlib

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from tallystick.api.problems import Problem, trace_id_of
from tallystick.web import (
    audits,
    changes,
    claims,
    erasures,
    helping,
    lessons,
    reference,
    routes,
    sandbox,
    sign_in,
)
from tallystick.web.own import (
    applications,
    apply,
    calendar,
    home,
    identity,
    keys,
    lending,
    matters,
    messages,
    offers,
    privacy,
    repairs,
    requests,
    statements,
    wallets,
    webhooks,
)
from tallystick.web.rendering import plain_page
from tallystick.web.sign_in import sign_in_address
from tallystick.web.staff import work

STATIC = pathlib.Path(__file__).parent / "static"


def error_page(request: Request, problem: Problem) -> Response:
    """A problem for people: what happened and how to name it when asking for help. Who has to sign
    in is led there, and back."""
    if problem.code == "unauthorized" and request.method == "GET":
        return RedirectResponse(sign_in_address(request), 303, {"Cache-Control": "no-store"})
    response = plain_page(
        request, "error.html", problem.status, problem=problem, trace_id=trace_id_of(request)
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(problem.headers)
    return response


def mount_pages(app: FastAPI) -> None:
    """Adds the pages and their files."""
    for module in (
        *(routes, audits, claims, sign_in, changes, erasures, helping, lessons),
        *(reference, sandbox),
        *(home, apply, applications, calendar, statements, repairs),
        *(messages, matters, identity, privacy),
        *(lending, requests, offers, wallets, keys, webhooks),
    ):
        app.include_router(module.router)
    for router in work.ROUTERS:
        app.include_router(router)
    app.include_router(routes.stops)
    app.include_router(lessons.own)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
