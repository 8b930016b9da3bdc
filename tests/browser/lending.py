"""What stands on the pages of those who lend."""

from __future__ import annotations

from tests.browser.looks import Look
from tests.browser.stage import Scene, Visitor


def of_lenders(scene: Scene, ids: dict[str, str]) -> list[Look]:
    """ben, who lent to two, and gil, who never lent."""
    ben, gil = Visitor(scene, "ben"), Visitor(scene, "gil")
    audits = [Look(f"/loans/{ids[name]}/audit") for name in ("late", "closed")]
    return [*audits, Look("/me/lending", ben.cookie), Look("/me/lending", gil.cookie)]
