"""Questions to the calculators over HTTP: what they refuse becomes a problem document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tallystick.api.problems import FieldError, Problem
from tallystick.loans.errors import InputInvalid


@contextmanager
def input_problem() -> Iterator[None]:
    """Turns `InputInvalid` into `terms_invalid` with the pointer of the member."""
    try:
        yield
    except InputInvalid as error:
        name = error.pointer.removeprefix("/") or "the body"
        field = FieldError(error.rule, pointer="#" + error.pointer)
        raise Problem("terms_invalid", f"{name} {error.rule}.", errors=[field]) from error
