"""Traces are deleted once they are older than the rules keep them."""

from __future__ import annotations

from tallystick.config import Settings
from tallystick.identity.vault import Vault
from tallystick.identity.vault.errors import KeyServiceInvalid
from tallystick.jobs.job import NotYet, Turn
from tallystick.screening.screen import Screening


def daily(settings: Settings, turn: Turn) -> str:
    """The job."""
    try:
        vault = Vault.from_settings(settings)
    except KeyServiceInvalid as error:
        raise NotYet(str(error)) from error
    try:
        screening = Screening.from_settings(settings, vault)
        try:
            return f"{screening.prune(turn.now)} deleted"
        finally:
            screening.close()
    finally:
        vault.close()
