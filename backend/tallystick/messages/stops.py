"""One click stops a group of messages: a link that nobody else could have made (RFC 8058)."""

from __future__ import annotations

import hmac
import re

from tallystick.identity.vault import Vault
from tallystick.messages.errors import StopInvalid
from tallystick.messages.kinds import DUTY, GROUPS

_TOKEN = re.compile(r"(subject_[a-z2-7]{26})\.([a-z]+)\.([0-9a-f]{64})")


def stop_token(vault: Vault, subject: str, group: str) -> str:
    """What the link carries; good for this subject and group, for ever, and for nothing else."""
    return f"{subject}.{group}.{_mac(vault, subject, group)}"


def read_stop(vault: Vault, token: str) -> tuple[str, str]:
    """Subject and group of a token. Raises `StopInvalid`."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise StopInvalid
    subject, group, mac = found.groups()
    known = hmac.compare_digest(mac, _mac(vault, subject, group))
    if not known or group not in GROUPS or group == DUTY:
        raise StopInvalid
    return subject, group


def _mac(vault: Vault, subject: str, group: str) -> str:
    return vault.mac("stop messages", f"{subject}/{group}").hex()
