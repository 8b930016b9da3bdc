"""Lines of the log: one object each, with the trace, without what an error had at hand."""

from __future__ import annotations

import logging
import sys
from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from tallystick import logs


def line(message: str, *arguments: object, error: bool = False, **more: Any) -> dict[str, Any]:
    caught = sys.exc_info() if error else None
    record = logging.LogRecord("x", logging.WARNING, "", 1, message, arguments, caught)
    record.__dict__ |= more
    written = logs.JsonFormatter().format(record)
    assert "\n" not in written
    told: dict[str, Any] = orjson.loads(written)
    return told


def test_a_line_has_its_members_and_the_trace_of_its_request() -> None:
    assert "trace_id" not in line("idle")
    token = logs.trace_id.set("ab" * 16)
    told = line("%s is\nlate by %d", "it", 3, told={"status": 200})
    logs.trace_id.reset(token)
    assert told.pop("time").endswith("+00:00")
    assert told == {
        "level": "warning",
        "logger": "x",
        "event": "it is\nlate by 3",
        "trace_id": "ab" * 16,
        "status": 200,
    }


def test_an_error_tells_its_place_and_not_what_was_validated() -> None:
    class Contact(BaseModel):
        email: int

    try:
        Contact.model_validate({"email": "carmen@example.org"})
    except ValueError:
        told = line("broken", error=True)
    assert told["error"]["kind"] == "ValidationError"
    assert told["error"]["message"] == "1 errors at email"
    assert __file__ in told["error"]["frames"][0]
    assert "carmen" not in str(told)


@pytest.mark.parametrize("odd", ["\x00\ud800\u202e", object(), b"\xff", 2**200])
def test_whatever_is_told_is_one_object(odd: object) -> None:
    assert line("%s", odd, told={"odd": odd})["level"] == "warning"
