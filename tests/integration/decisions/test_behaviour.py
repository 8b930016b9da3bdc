"""Books as of a day, and what a late payment changes: on a chain whose clock moves on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.integration.anvil import Anvil
from tests.integration.decisions.stage import Applicant, Stage, lending
from tests.integration.decisions.test_flow import originate
from tests.integration.identity.gate import Person
from tests.integration.world import World

from tallystick.decisions import behaviour
from tallystick.decisions.books import books_now, books_of
from tallystick.decisions.releases import active, bench_named
from tallystick.loans.calendar import SECONDS_PER_DAY, day_at
from tallystick.offers.store import get_offer
from tallystick.wallets.credit import credit_history
from tallystick.wallets.repository import AsOf, cut_at

ZOE = Person("zoe")


@pytest.fixture
def moving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Anvil() as anvil:
        world = World(anvil, ("ben", "cem", "dora", "zoe"))
        with lending(world, tmp_path_factory.mktemp("moving")) as stage:
            stage.release()
            yield stage


def test_a_late_payment_lowers_the_limit_and_is_told(moving: Stage) -> None:
    world, zoe = moving.world, Applicant(moving, ZOE)
    first = zoe.apply(amount="1200.00", term=12)
    originate(moving, zoe, first)
    with moving.database() as db:
        offer = get_offer(db, first["offer_id"])
    assert offer is not None
    begun = day_at(world.now())
    calm = zoe.get("/me/standing").json()
    assert (calm["limit_pct"], calm["reason"]["code"]) == (100, "standing_usual")

    world.travel(world.now() + 51 * SECONDS_PER_DAY)  # the first of February is 31 days away
    moving.sync()
    late = zoe.apply(amount="1000.00")
    assert late["outcome"] == "refer"
    assert [each["code"] for each in late["reasons"]] == ["in_arrears"]
    assert late["reasons"][0]["values"] == {"books.days_late_now": "20"}

    world.pay(offer.agreement, 500 * 10**6)
    moving.sync()
    standing = zoe.get("/me/standing").json()
    assert (standing["limit_pct"], standing["grade_shift"]) == (75, 0)
    assert "20 days late" in standing["reason"]["text"]["en"]
    with moving.database() as db:
        release = active(db)
        policy = bench_named(db, release, "champion").policy
        books = books_now(db, [ZOE.address], {world.chain_id: world.now()})
        moved = behaviour.look(db, zoe.subject, books, policy, release, world.now())
        again = behaviour.look(db, zoe.subject, books, policy, release, world.now())
    assert moved is not None
    assert (moved.limit_pct, again) == (75, None)
    assert zoe.get("/me/standing").json()["moves"][0]["limit_pct"] == 75

    # what was known on a day does not change by what came after it
    def on(day: int) -> dict[str, int | None]:
        end = min((begun + day + 1) * SECONDS_PER_DAY - 1, world.now())
        with moving.database() as db:
            past = AsOf(cut_at(db, end), begun + day)
            found = books_of(credit_history(db, [ZOE.address], [past]))
        return {name: found[name] for name in ("loans", "dues", "late_dues", "days_late_now")}

    assert on(30) == {"loans": 1, "dues": 0, "late_dues": 0, "days_late_now": 0}
    assert on(31) == {"loans": 1, "dues": 0, "late_dues": 0, "days_late_now": 0}
    assert on(34) == {"loans": 1, "dues": 1, "late_dues": 0, "days_late_now": 3}  # days of grace
    assert on(41) == {"loans": 1, "dues": 1, "late_dues": 1, "days_late_now": 10}
    assert on(51) == {"loans": 1, "dues": 1, "late_dues": 1, "days_late_now": 0}

    lower = zoe.apply(amount="20000.00", term=36, budget=_rich())
    limits = {each["code"]: each["amount"] for each in lower["limits"]}
    assert limits["limit_grade"] == "37500.00"


def _rich() -> dict[str, object]:
    months = [{"month": "2026-01", "income": "90000.00", "expense": "0"}]
    return {"repeats": True, "months": months}
