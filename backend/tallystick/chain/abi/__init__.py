"""ABIs of the contracts: `LoanBook.json` is exported by the deployment script, sorted."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import orjson


@cache
def load_abi(name: str) -> list[dict[str, Any]]:
    """The ABI of contract `name`, e.g. ``LoanBook`` or ``ERC20``."""
    abi: list[dict[str, Any]] = orjson.loads(
        files(__package__).joinpath(f"{name}.json").read_bytes()
    )
    return abi
