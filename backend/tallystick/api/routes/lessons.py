"""Lessons for borrowers: to read by anybody, to pass by whoever is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import document_responses
from tallystick.api.repairing import TAG, repair_problem, repairs_of, text_of
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.identity import Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.repairs import Repairing
from tallystick.api.schemas import lessons as schemas
from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.types import rfc3339_or_none
from tallystick.repair import lessons
from tallystick.repair.consent import lesson_passed

public = APIRouter(prefix="/v1/lessons", tags=[TAG], route_class=LedgerRoute)
own = APIRouter(
    prefix="/v1/me/lessons",
    tags=[TAG],
    route_class=PrivateRoute,
    dependencies=[Depends(repairs_of)],
)

Name = Annotated[str, Path(max_length=64, description="Of the lesson", examples=["budget"])]


@public.get(
    "",
    operation_id="list_lessons",
    summary="Lessons on money in trouble",
    responses=document_responses("repair_unavailable"),
)
def list_lessons(repairs: Repairing) -> schemas.Lessons:
    return schemas.Lessons(data=[_lesson(one) for one in repairs.lessons.values()])


@public.get(
    "/{name}",
    operation_id="get_lesson",
    summary="One lesson with its quiz",
    responses=document_responses("repair_unavailable", "lesson_not_found"),
)
def get_lesson(repairs: Repairing, name: Name) -> schemas.Lesson:
    with repair_problem():
        return _lesson(lessons.lesson_named(repairs.lessons, name))


@own.get(
    "",
    operation_id="list_own_lessons",
    summary="Lessons that one has tried",
    responses=session_responses("repair_unavailable"),
)
def list_own_lessons(repairs: Repairing, caller: Who) -> schemas.LessonCompletions:
    with repairs.access.file.open() as db:
        found = lessons.completions(db, caller.subject)
    return schemas.LessonCompletions(
        data=[
            schemas.LessonCompletion(
                name=one.lesson,
                version=one.version,
                right=one.right,
                asked=one.asked,
                tries=one.tries,
                passed_at=rfc3339_or_none(one.passed_at),
            )
            for one in found
        ]
    )


@own.post(
    "/{name}/answers",
    operation_id="answer_quiz",
    summary="Answer a lesson's quiz",
    responses=session_responses(
        "repair_unavailable", "lesson_not_found", "repair_conflict", "index_not_ready"
    ),
)
def answer_quiz(
    state: State, repairs: Repairing, caller: Who, name: Name, given: schemas.QuizAnswers
) -> schemas.QuizResult:
    """Tells of each answer whether it was right and why. A plan whose condition the lesson was is
    signed by the service's own lender at once."""
    with state.snapshot() as snapshot, state.writing() as index, repair_problem():
        lesson = lessons.lesson_named(repairs.lessons, name)
        done = lessons.answer(repairs.access, caller.subject, lesson, given.answers, snapshot.now)
        if done.passed:
            lesson_passed(repairs, index, caller.subject, snapshot.now)
    return schemas.QuizResult(
        passed=done.passed,
        marks=[
            schemas.QuizMark(right=right, why=text_of(question.why))
            for right, question in zip(done.right, lesson.quiz, strict=True)
        ],
    )


def _lesson(lesson: lessons.Lesson) -> schemas.Lesson:
    return schemas.Lesson(
        name=lesson.name,
        version=lesson.version,
        title=text_of(lesson.title),
        causes=[cause.value for cause in lesson.causes],
        pass_pct=f"{lesson.pass_pct:f}",
        sections=[_text(one) for one in lesson.sections],
        quiz=[
            schemas.LessonQuestion(
                question=_text(one.question), options=[text_of(option) for option in one.options]
            )
            for one in lesson.quiz
        ],
    )


def _text(section: lessons.Section) -> ReasonText:
    return ReasonText.model_validate({"en": section.en, "zh-Hans": section.zh})
