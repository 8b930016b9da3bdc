"""How large a document may be. What is larger is no household's or small firm's statement."""

from __future__ import annotations

from typing import Final

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_ENTRIES: Final = 50_000
