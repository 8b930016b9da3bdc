"""The reference of the API: every operation to read, and to run by one's own session or a key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from threading import Thread
from typing import Annotated

from fastapi import APIRouter, FastAPI, Path, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from tallystick.api.problems import Problem
from tallystick.identity.authority.roles import EVERYBODY
from tallystick.web.operations import Operation, operations_of, prose
from tallystick.web.rendering import plain_page

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def lead_to_reference() -> RedirectResponse:
    """Where many look first."""
    return RedirectResponse("/reference", 308)


@router.get("/reference")
def show_reference(request: Request, q: Annotated[str, Query(max_length=100)] = "") -> HTMLResponse:
    """All operations by subject, or those that have every word of a search."""
    words = q.casefold().split()
    found = [one for one in _all(request.app).values() if one.tells(words)]
    tags = [(tag, list(ones)) for tag, ones in groupby(sorted(found, key=_place), _tag)]
    return plain_page(
        request,
        "reference.html",
        q=q,
        tags=tags,
        about=prose(request.app.openapi()["info"]["description"]),
    )


@router.get("/reference/{name}")
def show_operation(request: Request, name: Annotated[str, Path(max_length=100)]) -> HTMLResponse:
    """One operation: what it takes and answers, who may call it, and a form that calls it."""
    operation = _all(request.app).get(name)
    if operation is None:
        raise Problem("not_found", "There is no such operation.")
    return plain_page(
        request,
        "operation.html",
        operation=operation,
        beside=[one for one in _all(request.app).values() if one.tag == operation.tag],
        signed_in_is_enough=operation.rule.admits(EVERYBODY),
        known=_known(request),
        origin=str(request.base_url).rstrip("/"),
    )


@contextmanager
def describing(app: FastAPI) -> Iterator[None]:
    """Makes the description beside everything else: it takes seconds, and no reader shall wait."""
    maker = Thread(target=_all, args=(app,), name="reference", daemon=True)
    maker.start()
    yield


def _all(app: FastAPI) -> dict[str, Operation]:
    """Read from the document once for each application."""
    state = app.state
    if not hasattr(state, "operations"):
        state.operations = operations_of(app.openapi())
    found: dict[str, Operation] = state.operations
    return found


def _tag(operation: Operation) -> str:
    return operation.tag


def _place(operation: Operation) -> tuple[str, str]:
    return operation.tag, operation.path


def _known(request: Request) -> dict[str, str]:
    """Values that exist here, so that what is tried at once answers something."""
    try:
        with request.app.state.server.snapshot() as snapshot:
            newest = snapshot.page(limit=1).data
    except Problem:  # nothing is indexed yet
        return {}
    return {"loan_id": newest[0].loan_id, "address": newest[0].borrower} if newest else {}
