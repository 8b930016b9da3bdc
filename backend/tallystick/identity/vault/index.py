"""Blind indexes: a value is found again by its HMAC, and the HMAC says nothing to whoever lacks
the key. Only for values with enough entropy to be worth finding, and never for yes or no."""

from __future__ import annotations

import hmac
import unicodedata

from tallystick.identity.vault.envelope import encode


def blind(index_key: bytes, name: str, value: str) -> bytes:
    """HMAC-SHA256 of a value under the index `name`; equal for values that differ in form only."""
    return hmac.digest(index_key, encode((name, normal(value))), "sha256")


def normal(value: str) -> str:
    """Compatibility form (NFKC) without case and white space."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())
    return "".join(folded.split())
