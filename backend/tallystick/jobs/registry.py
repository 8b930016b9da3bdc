"""All jobs. One is added by a line here and a function of its package."""

from __future__ import annotations

from typing import Final

from tallystick.jobs.job import DAY, Job

JOBS: Final = (
    # every hour, for dates end at another hour in every book; it makes up for missed ones itself
    Job("close", 3600, "tallystick.servicing.daily:close"),
    # a decision that was begun before midnight is kept soon after it
    Job("decisions-root", DAY, "tallystick.decisions.daily:root", "each", after=600),
    Job("standings", DAY, "tallystick.decisions.daily:standings"),
    Job("early-warning", DAY, "tallystick.earlywarning.run:daily"),
    Job("cases", 3600, "tallystick.servicing.daily:cases"),
    Job("repair", DAY, "tallystick.repair.daily:daily"),
    Job("identity-recheck", DAY, "tallystick.screening.recheck:daily"),
    Job("screening-retention", DAY, "tallystick.screening.retention:daily"),
    Job("vault-retention", DAY, "tallystick.identity.vault.retention:daily"),
)
