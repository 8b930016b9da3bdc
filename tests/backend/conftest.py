from __future__ import annotations

from hypothesis import HealthCheck, settings

# Shared machines stall, so time decides nothing. Random terms are drawn wide and then checked
# against the agreement's bounds, which discards many by design.
settings.register_profile(
    "loans",
    deadline=None,
    suppress_health_check=(HealthCheck.filter_too_much, HealthCheck.too_slow),
)
settings.load_profile("loans")
