"""Lessons, their quizzes, and how they were passed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.types import Schema, Time

LessonName = Annotated[str, Field(examples=["budget"])]
LessonVersion = Annotated[int, Field(examples=[1])]


class LessonQuestion(Schema):
    """A question and what may be answered; the number of the answer is sent back, from 0."""

    question: ReasonText
    options: list[ReasonText]


class Lesson(Schema):
    """A short text and a quiz."""

    name: LessonName
    version: LessonVersion
    title: ReasonText
    causes: Annotated[list[str], Field(description="Suggested for", examples=[["illness"]])]
    pass_pct: Annotated[str, Field(description="Of the answers right", examples=["75"])]
    sections: list[ReasonText]
    quiz: list[LessonQuestion]


class Lessons(Schema):
    """All lessons."""

    data: list[Lesson]


class QuizAnswers(Schema):
    """One answer to each question, in their order."""

    answers: Annotated[
        list[Annotated[int, Field(ge=0, le=5)]],
        Field(min_length=1, max_length=20, examples=[[0, 1, 1, 1]]),
    ]


class QuizMark(Schema):
    """Whether an answer was right, and why."""

    right: Annotated[bool, Field(examples=[True])]
    why: ReasonText


class QuizResult(Schema):
    """How the quiz went; who has passed stays passed."""

    passed: Annotated[bool, Field(examples=[True])]
    marks: list[QuizMark]


class LessonCompletion(Schema):
    """One's tries at a lesson."""

    name: LessonName
    version: LessonVersion
    right: Annotated[int, Field(description="Most of one try", examples=[4])]
    asked: Annotated[int, Field(examples=[4])]
    tries: Annotated[int, Field(examples=[1])]
    passed_at: Time | None


class LessonCompletions(Schema):
    """By name and version."""

    data: list[LessonCompletion]
