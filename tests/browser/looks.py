"""What is looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """A page to be looked at, by whom: the value of a session's cookie, or nobody."""

    path: str
    cookie: str = ""
