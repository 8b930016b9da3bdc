"""Lessons on money in trouble: to read by anybody, with a quiz for whoever is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import lessons
from tallystick.api.routes.identity import Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.repairs import Repairing
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page, plain_page

router = APIRouter(include_in_schema=False)
own = own_router()


@router.get("/lessons")
def show_lessons(request: Request, repairing: Repairing) -> HTMLResponse:
    """All lessons."""
    found = lessons.list_lessons(repairing).data
    return plain_page(request, "lessons.html", lessons=found)


@router.get("/lessons/{name}")
def show_lesson(request: Request, repairing: Repairing, name: str) -> HTMLResponse:
    """One lesson to read."""
    return plain_page(request, "lesson.html", lesson=lessons.get_lesson(repairing, name))


@own.get("/quiz")
def show_quiz(
    request: Request,
    state: State,
    repairing: Repairing,
    caller: Who,
    name: Annotated[str, Query(alias="lesson", max_length=64)],
) -> HTMLResponse:
    """A lesson's quiz, and how one's tries went."""
    lesson = lessons.get_lesson(repairing, name)
    tried = lessons.list_own_lessons(repairing, caller).data
    with state.snapshot() as snapshot:
        return page(
            request,
            "own/quiz.html",
            snapshot,
            lesson=lesson,
            done=next((one for one in tried if one.name == name), None),
        )
