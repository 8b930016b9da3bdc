"""Keys of the development stack. Elsewhere they come from a secret store."""

from __future__ import annotations

import base64
import json
import os
import secrets

from tallystick.demo.people import ADMINISTRATORS, LINDIWE, OFFICERS
from tallystick.stack.layout import Layout


def vault_secrets(layout: Layout) -> dict[str, str]:
    """The settings that hold keys; made once, and readable by their owner alone."""
    try:
        found: dict[str, str] = json.loads(layout.vault_keys.read_text())
    except FileNotFoundError:
        found = {
            "TALLYSTICK_VAULT_KEYS": f"development:{_key()}",
            "TALLYSTICK_VAULT_INDEX_KEY": _key(),
        }
        fresh = layout.vault_keys.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(found, file)
        fresh.rename(layout.vault_keys)
    return found


def lender_secrets(token: str) -> dict[str, str]:
    """The settings by which Lindiwe lends `token`; her key is worthless elsewhere."""
    return {
        "TALLYSTICK_LENDER_KEY": "0x" + LINDIWE.account.key.hex().removeprefix("0x"),
        "TALLYSTICK_LENDER_TOKEN": token,
        "TALLYSTICK_POLICY_SIGNERS": ",".join(who.address for who in OFFICERS),
        "TALLYSTICK_ADMINISTRATORS": ",".join(who.address for who in ADMINISTRATORS),
    }


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
