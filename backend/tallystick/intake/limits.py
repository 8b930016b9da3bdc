"""How large a document may be. What is larger is no household's or small firm's statement."""

from __future__ import annotations

from typing import Final

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_ENTRIES: Final = 50_000
MOST_COLUMNS: Final = 200
MOST_TAGS: Final = 1_500_000
"""Of an OFX file: every element takes memory many times its own length."""
MOST_ELEMENTS: Final = 100_000
"""Of a camt file, beside its entries or within one."""
