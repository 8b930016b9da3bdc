"""Asks for the event stream with every parameter right, wrong and hostile, and hangs up each time.

A stream never ends, so that a tool that waits for the whole answer learns nothing from it.
"""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import urlencode

import httpx
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

REFUSALS = {422, 429}
ANY_TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=70)
DIGITS = st.text("0123456789abcdef", min_size=38, max_size=66)
CHAINS = st.one_of(st.integers(-1, 2**64), st.just(31337), ANY_TEXT)
PLACES = st.one_of(
    st.from_regex(r"\A[0-9]{1,17}-[0-9]{1,12}-[0-9a-f]{62,66}\Z"),
    st.text("0123456789abcdefx-", max_size=90),
    st.lists(st.sampled_from(sorted({*range(0x21, 0x7F), *range(0x80, 0x100)}))).map(bytes),
)


def accounts(digits: int) -> st.SearchStrategy[str]:
    """Hexadecimal text of the right length, nearly right, or anything."""
    right = st.text("0123456789abcdefABCDEF", min_size=digits, max_size=digits)
    return st.one_of(right.map("0x{}".format), DIGITS.map("0x{}".format), ANY_TEXT)


QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "loan": accounts(64),
        "borrower": accounts(40),
        "lender": accounts(40),
        "token": accounts(40),
        "chain_id": CHAINS,
        "nothing": ANY_TEXT,
    },
)


def ask(url: str, cases: int, start: int) -> int:
    """1 when an answer was not what the description promises."""

    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @seed(start)
    @given(QUERIES, st.none() | PLACES)
    def every(query: dict[str, Any], place: bytes | str | None) -> None:
        headers = {} if place is None else {"Last-Event-ID": place}
        with http.stream("GET", f"/v1/events?{urlencode(query)}", headers=headers) as answer:
            kind = answer.headers["content-type"].partition(";")[0]
            if answer.status_code == 200:
                assert kind == "text/event-stream", kind
                assert next(answer.iter_raw()).startswith(b": here\n")
            else:
                assert answer.status_code in REFUSALS, answer.status_code
                assert kind == "application/problem+json", kind
                assert "code" in httpx.Response(200, content=answer.read()).json()

    with httpx.Client(base_url=url, timeout=30) as http:
        try:
            every()
        except AssertionError as wrong:
            sys.stdout.write(f"event stream: {wrong}\n{getattr(wrong, '__notes__', '')}\n")
            return 1
    return 0
