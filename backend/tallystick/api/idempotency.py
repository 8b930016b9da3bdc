"""Replays the first outcome of a request that is sent again with the same `Idempotency-Key`.

The outcome is kept for a day. Answers of 500 and above and refusals for excess are not outcomes:
the caller may try them again.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from starlette.responses import Response

from tallystick.api.callers import Caller
from tallystick.api.problems import FieldError, Problem
from tallystick.db import Database, write

KEEP_SECONDS = 24 * 3600
ABANDONED_SECONDS = 120
"""A request that has not ended after this long died with its process; its key is free again."""

_KEY = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A stored answer."""

    status: int
    media_type: str
    body: bytes
    location: str | None = None

    def response(self) -> Response:
        headers = {"Idempotency-Replayed": "true", "Cache-Control": "no-store"}
        if self.location is not None:
            headers["Location"] = self.location
        return Response(self.body, self.status, headers, media_type=self.media_type)


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What must be equal for two requests with one key to count as the same."""
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()


def bound_key(key: str, caller: Caller | None) -> str:
    """`key` within the caller: nobody gets the outcome of another subject, or of another key."""
    if caller is None:
        return key
    who = caller.subject if caller.key is None else caller.key.key_id
    return f"{who} {key}"  # a key has no space, so this is no anonymous caller's key


def check_key(key: str) -> None:
    """Raises `Problem` unless `key` is 1 to 128 visible ASCII characters."""
    if not _KEY.fullmatch(key):
        detail = "Idempotency-Key takes 1 to 128 visible ASCII characters."
        error = FieldError(detail, parameter="Idempotency-Key")
        raise Problem("validation_failed", detail, errors=[error])


class IdempotencyStore:
    """Outcomes by key in the table `idempotency_keys`; `now` gives Unix seconds."""

    def __init__(
        self,
        writing: Callable[[], AbstractContextManager[Database]],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._writing = writing
        self._now = now

    def begin(self, key: str, print_: str) -> Outcome | None:
        """Reserves `key`, or returns the outcome to replay.

        Raises `Problem` when the key belongs to another request or the first one still runs.
        """
        now = int(self._now())
        with self._writing() as db, write(db) as conn:
            conn.execute(
                "DELETE FROM idempotency_keys"
                " WHERE begun_at < ? OR (status IS NULL AND begun_at < ?)",
                (now - KEEP_SECONDS, now - ABANDONED_SECONDS),
            )
            row = conn.execute(
                "SELECT fingerprint, status, media_type, body, location FROM idempotency_keys"
                " WHERE key = ?",
                (key,),
            ).fetchone()
            if row is None:
                conn.execute(
                    "INSERT INTO idempotency_keys (key, fingerprint, begun_at) VALUES (?, ?, ?)",
                    (key, print_, now),
                )
                return None
        stored_print, status, media_type, body, location = row
        if stored_print != print_:
            raise Problem("idempotency_key_reused", "Use a new key for a new request.")
        if status is None:
            raise Problem(
                "idempotency_key_in_flight",
                "Wait for the first request.",
                headers={"Retry-After": "1"},
            )
        return Outcome(status, media_type, body, location)

    def finish(self, key: str, outcome: Outcome) -> None:
        """Stores the outcome, or frees the key when the request may be tried again."""
        with self._writing() as db, write(db) as conn:
            if outcome.status >= 500 or outcome.status == 429:
                conn.execute("DELETE FROM idempotency_keys WHERE key = ?", (key,))
                return
            conn.execute(
                "UPDATE idempotency_keys SET status = ?, media_type = ?, body = ?, location = ?"
                " WHERE key = ?",
                (outcome.status, outcome.media_type, outcome.body, outcome.location, key),
            )
