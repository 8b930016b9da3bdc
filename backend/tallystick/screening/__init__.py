"""Fraud and identity rules over an application, and the queue of the people who judge what they
find: `docs/screening.md`.

`Screening.screen` gives the hits, worst first; `Hit.text` says each in English or Chinese.
"""

from tallystick.screening.application import Application
from tallystick.screening.errors import (
    HitUnknown,
    ListInvalid,
    ReviewRefused,
    RulesInvalid,
    ScreeningError,
)
from tallystick.screening.hits import Hit, Severity
from tallystick.screening.screen import Screening

__all__ = [
    "Application",
    "Hit",
    "HitUnknown",
    "ListInvalid",
    "ReviewRefused",
    "RulesInvalid",
    "Screening",
    "ScreeningError",
    "Severity",
]
