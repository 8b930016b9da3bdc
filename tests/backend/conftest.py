from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Shared machines stall, so time decides nothing, and a run is red only for what changed, so the
# examples are the same in every run.
settings.register_profile(
    "fixed",
    deadline=None,
    derandomize=True,
    suppress_health_check=(HealthCheck.too_slow,),
)
# To look for new examples: HYPOTHESIS_PROFILE=explore pytest tests/backend
settings.register_profile(
    "explore", settings.get_profile("fixed"), derandomize=False, max_examples=1000
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
