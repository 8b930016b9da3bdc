"""Books as of a day, and what a late payment changes: on a chain whose clock moves on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.integration.anvil import Anvil
from tests.integration.decisions.stage import Applicant, Stage, lending
from tests.integration.decisions.test_flow import originate
from tests.integration.identity.gate import Person
from tests.integration.world import World

from tallystick.decisions import daily
from tallystick.decisions.books import books_of
from tallystick.jobs.job import DAY, Turn
from tallystick.loans.calendar import SECONDS_PER_DAY, day_at, due_day
from tallystick.messages.outbox import inbox, messages_file
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
    assert daily.standings(moving.settings, turn(world)) == "1 standings moved"
    assert daily.standings(moving.settings, turn(world)) == "0 standings moved"
    with closing(messages_file(moving.settings.messages)) as file, file.open() as box:
        (told,) = inbox(box, [zoe.subject], 10)
    assert (told.kind, told.facts["limit_pct"], told.facts["way"]) == ("limit_moved", 75, "down")
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


def test_half_a_year_on_time_raises_grade_and_limit_with_notice(moving: Stage) -> None:
    world = moving.world
    world.parties["yves"] = world.party("yves")
    yves = Applicant(moving, Person("yves"))
    months = [{"month": "2026-01", "income": "1500.00", "expense": "1200.00"}]
    first = yves.apply(amount="1200.00", term=12, budget={"repeats": True, "months": months})
    originate(moving, yves, first)
    with moving.database() as db:
        offer = get_offer(db, first["offer_id"])
    assert offer is not None
    for row in range(6):
        world.travel_to_day(due_day(offer.agreement, row))
        world.collect(offer.agreement)
    moving.sync()
    daily.standings(moving.settings, turn(world))
    standing = yves.get("/me/standing").json()
    assert (standing["grade_shift"], standing["limit_pct"]) == (1, 125)
    assert standing["moves"][0]["text"]["en"].startswith("You have paid 6 installments")
    assert standing["moves"][0]["text"]["zh-Hans"].startswith("您已按时归还 6 期")
    second = yves.apply(amount="20000.00", term=36, budget=_rich())
    limits = {each["code"]: each["amount"] for each in second["limits"]}
    assert limits["limit_grade"] == "62500.00"


def turn(world: World) -> Turn:
    """The day that is over."""
    end = world.now() // DAY * DAY
    return Turn(end - DAY, end, world.now())


def _rich() -> dict[str, object]:
    months = [{"month": "2026-01", "income": "90000.00", "expense": "0"}]
    return {"repeats": True, "months": months}
