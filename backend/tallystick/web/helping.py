"""Help: versioned texts in both languages, and a full-text search over them."""

from __future__ import annotations

import pathlib
import re
import sqlite3
import threading
from functools import cache

import yaml
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tallystick.api.problems import Problem
from tallystick.web.rendering import language_of, plain_page

TEXTS = pathlib.Path(__file__).parent / "help"
MOST_FOUND = 20
_HAN = re.compile(r"([\u3400-\u9fff])")
_WORDS = re.compile(r"[\w\u3400-\u9fff]+")

router = APIRouter(include_in_schema=False)
_lock = threading.Lock()


class Section(BaseModel):
    """One heading with its paragraphs, in one language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    heading: str
    text: str


class Topic(BaseModel):
    """A page of help. `version` goes up with every change of what it says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    order: int
    title: dict[str, str]
    en: tuple[Section, ...]
    zh_Hans: tuple[Section, ...]  # noqa: N815 - the language's folder

    def sections(self, language: str) -> tuple[Section, ...]:
        """What it says in a language, by the name of the catalogue's folder."""
        return self.zh_Hans if language == "zh_Hans" else self.en


@router.get("/help")
def show_help(request: Request, q: str = "") -> HTMLResponse:
    """All topics, or what a search finds, the best first."""
    language = language_of(request).folder
    q = q.strip()[:200]
    found = search(q, language) if q else list(topics())
    return plain_page(
        request,
        "help.html",
        q=q,
        found=[(name, topics()[name], language) for name in found],
    )


@router.get("/help/{name}")
def show_topic(request: Request, name: str) -> HTMLResponse:
    """One topic."""
    topic = topics().get(name)
    if topic is None:
        raise Problem("not_found", "There is no such topic.")
    language = language_of(request).folder
    return plain_page(request, "topic.html", topic=topic, sections=topic.sections(language))


@cache
def topics() -> dict[str, Topic]:
    """Every topic by its name, in their order."""
    found = {
        path.stem: Topic.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in TEXTS.glob("*.yaml")
    }
    return dict(sorted(found.items(), key=lambda item: item[1].order))


def search(text: str, language: str) -> list[str]:
    """Names of the topics that have every word of `text`, the best first; words match by their
    beginning, Chinese by any part."""
    words = _WORDS.findall(text.casefold())
    if not words:
        return []
    query = " ".join(f'"{_apart(word)}"' + ("" if _HAN.search(word) else "*") for word in words)
    with _lock:
        rows = _index().execute(
            "SELECT name FROM help WHERE help MATCH ? AND language = ?"
            " ORDER BY bm25(help, 0, 0, 4.0, 1.0) LIMIT ?",
            (query, language, MOST_FOUND),
        )
        return [name for (name,) in rows]


@cache
def _index() -> sqlite3.Connection:
    """The texts in memory: they change only with a release."""
    db = sqlite3.connect(":memory:", check_same_thread=False)
    db.execute(
        "CREATE VIRTUAL TABLE help USING fts5"
        " (name UNINDEXED, language UNINDEXED, title, body, tokenize = 'unicode61')"
    )
    for name, topic in topics().items():
        for language in ("en", "zh_Hans"):
            body = "\n".join(f"{one.heading}\n{one.text}" for one in topic.sections(language))
            row = (name, language, _apart(topic.title[language]), _apart(body))
            db.execute("INSERT INTO help VALUES (?, ?, ?, ?)", row)
    return db


def _apart(text: str) -> str:
    """Each Chinese character as a word of its own: a phrase of them then matches any part."""
    return " ".join(_HAN.sub(r" \1 ", text).split())
