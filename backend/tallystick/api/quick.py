"""Loans by their id and pages of them, answered before routing: what most callers ask for.

An answer comes from the cache, or is made of written texts in a fraction of a millisecond. Every
other request, malformed ones included, goes on to the routes, which answer the same to these as
well; see `tallystick.api.texts`. The ledger is public, so nobody's right is asked for; a request
with credentials is left to the table of permissions.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from tallystick.api.answers import Answer
from tallystick.api.route import CACHE_CONTROL, is_known, tag_of
from tallystick.api.schemas.types import ADDRESS_PATTERN, SEARCH_PATTERN
from tallystick.api.snapshot import STATUSES
from tallystick.api.state import ServerState
from tallystick.api.texts.reader import Reader

logger = logging.getLogger(__name__)

_JSON = "application/json"
_LOAN = re.compile(r"/v1/loans/0x([0-9a-fA-F]{64})")
_ACCOUNT = re.compile(ADDRESS_PATTERN)
_FORMS = {
    "borrower": _ACCOUNT,
    "lender": _ACCOUNT,
    "token": _ACCOUNT,
    "book": _ACCOUNT,
    "chain_id": re.compile(r"[1-9][0-9]{0,17}"),
    "status": re.compile("|".join(STATUSES)),
    "q": re.compile(SEARCH_PATTERN),
    "limit": re.compile(r"[1-9][0-9]?|100"),
    "starting_after": re.compile(r"0x[0-9a-fA-F]{64}"),
}
"""Parameters of a page in the forms that are answered here."""


class Asked(NamedTuple):
    """The path of the route that stands for a request in metrics, and how it is answered."""

    path: str
    make: Callable[[], bytes | None]


class QuickReads:
    """Answers what it can, and lets through everything else."""

    def __init__(self, app: ASGIApp, state: ServerState, reader: Reader) -> None:
        self.app = app
        self._state = state
        self._reader = reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(scope)
        if answer is None:
            await self.app(scope, receive, send)
            return
        given = _header(scope, b"if-none-match")
        known = given is not None and is_known(answer.etag, given)
        body = b"" if known else answer.body
        headers = [(b"etag", answer.etag.encode()), (b"cache-control", CACHE_CONTROL.encode())]
        if not known:
            headers.append((b"content-length", b"%d" % len(body)))
            headers.append((b"content-type", _JSON.encode()))
        status = 304 if known else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, scope: Scope) -> Answer | None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        asked = self._asked(scope["path"], scope["query_string"])
        if asked is None or _header(scope, b"authorization") is not None:
            return None
        answers = self._state.answers
        url = scope["path"].encode() + b"?" + scope["query_string"]
        version = answers.version()
        answer = answers.get(url, version)
        if answer is None:
            body = self._made(asked)
            if body is None:
                return None
            answer = Answer(body, _JSON, tag_of(body))
            answers.put(url, version, answer)
        scope["route"] = asked
        return answer

    @staticmethod
    def _made(asked: Asked) -> bytes | None:
        try:
            return asked.make()
        except sqlite3.DatabaseError:  # a broken file of texts must not keep loans from anybody
            logger.exception("%s is answered without texts", asked.path)
            return None

    def _asked(self, path: str, query: bytes) -> Asked | None:
        if not path.startswith("/v1/loans"):
            return None
        if path == "/v1/loans":
            parameters = _parameters(query)
            if parameters is None:
                return None
            return Asked("/v1/loans", partial(self._reader.page, parameters))
        loan = _LOAN.fullmatch(path)
        if loan is None or query:
            return None
        return Asked("/v1/loans/{loan_id}", partial(self._reader.loan, bytes.fromhex(loan[1])))


def _parameters(query: bytes) -> dict[str, str] | None:
    """Each once and well formed, or None."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        form = _FORMS.get(name)
        if form is None or name in found or not form.fullmatch(value):
            return None
        found[name] = value
    return found


def _header(scope: Scope, name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None
