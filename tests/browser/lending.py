"""What stands on the pages of those who lend."""

from __future__ import annotations

from tests.browser.looks import Look
from tests.browser.stage import Scene, Visitor
from tests.integration.world import UNIT, World

from tallystick.loans.agreement import Agreement


def secured(world: World) -> Agreement:
    """A loan of dora's with every kind of security, which is never paid."""
    return world.originate(
        borrower="ria",
        lender="dora",
        default_days=60,
        acceleration_days=90,
        write_off_days=360,
        guarantor=world.parties["uma"].address,
        guaranteed=500 * UNIT,
        guarantee_days=30,
        collateral_token=world.token,
        collateral=900 * UNIT,
        collateral_price=800 * UNIT,
        collateral_floor=400 * UNIT,
        auction_days=10,
    )


def of_lenders(scene: Scene, ids: dict[str, str]) -> list[Look]:
    """ben, who lent to two and sells a claim, and gil, who never lent."""
    ben, gil = Visitor(scene, "ben"), Visitor(scene, "gil")
    wanted = {"to": gil.person.address, "price": str(4_000 * UNIT)}
    sale = scene.http.post(f"/v1/loans/{ids['late']}/assignments", json=wanted).json()
    public = [f"/loans/{ids[name]}/audit" for name in ("late", "closed")]
    public += [f"/loans/{ids[name]}/claim" for name in ("risky", "punctual", "closed")]
    public += [f"/assignments/{sale['assignment_id']}"]
    (request,) = ben.get("/v1/me/repair-requests")["data"]
    places = ["", "/requests", "/offers", "/offers/new", f"/requests/{request['repair_id']}"]
    own = [Look(f"/me/lending{place}", ben.cookie) for place in places]
    own += [Look(f"/me/lending{place}", gil.cookie) for place in places[:4]]
    return [*(Look(path) for path in public), *own]
