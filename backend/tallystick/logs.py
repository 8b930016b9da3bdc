"""What processes log: one JSON object a line, on standard error.

Lines hold no personal data: of a request they tell its route and not its path, query, body or
sender, and of an error that nobody caught where it arose, not the values at hand.
"""

from __future__ import annotations

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from pydantic import ValidationError

Format = Literal["json", "text"]
Level = Literal["debug", "info", "warning", "error"]

trace_id: ContextVar[str | None] = ContextVar("trace_id", default=None)
"""Of the request being answered; every line of its work bears it."""

_TEXT = "%(asctime)s %(levelname)s %(message)s"
_DEPTH = 20
"""Innermost frames of an error that are told."""


def configure(form: Format, level: Level) -> None:
    """Has this process log to standard error, instead of whatever was set up before."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "urllib3"):  # they tell addresses, with their queries
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))


class JsonFormatter(logging.Formatter):
    """`time`, `level`, `logger`, `event`, `trace_id`, the record's `told` members, and `error`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        trace = trace_id.get()
        if trace is not None:
            line["trace_id"] = trace
        line |= getattr(record, "told", {})
        if record.exc_info is not None and record.exc_info[1] is not None:
            line["error"] = _error(record.exc_info[1])
        try:
            return orjson.dumps(line, default=str).decode()
        except TypeError:  # half a character, or a number beyond 64 bits
            written = json.dumps(line, default=str, ensure_ascii=False)
            return written.encode(errors="replace").decode()


def _error(error: BaseException) -> dict[str, Any]:
    """Kind, message and place. A validation error's message would repeat what was validated."""
    message = str(error)
    if isinstance(error, ValidationError):
        places = {".".join(map(str, item["loc"])) for item in error.errors(include_input=False)}
        message = f"{error.error_count()} errors at {', '.join(sorted(places))}"
    frames = traceback.extract_tb(error.__traceback__)[-_DEPTH:]
    return {
        "kind": type(error).__name__,
        "message": message,
        "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
