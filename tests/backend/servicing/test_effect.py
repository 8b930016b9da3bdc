"""The effect of handling: known in made-up groups, and read from cases and closes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.backend.servicing.test_close import BOOK, CHAIN, FEBRUARY, JANUARY, close, closing
from tests.backend.servicing.town import Town, at, loan_id

from tallystick.db import migrate, open_database, write
from tallystick.servicing.cases import collections
from tallystick.servicing.cases.collections import SERVICE, Standing, Subject, Warned
from tallystick.servicing.cases.schema import schema
from tallystick.servicing.effect import LIMITS, METHOD, Group, Stratum, compared, measure
from tallystick.servicing.policy import ServicingPolicy
from tallystick.trail.schema import schema as trail_schema


def test_a_difference_within_strata_is_not_one_between_them() -> None:
    # in each stratum handling does nothing, yet handled cases are mostly the easy ones
    easy = Stratum(2, "1-30", Group(80, 64), Group(20, 16))
    hard = Stratum(1, "31-60", Group(20, 4), Group(80, 16))
    found = compared([easy, hard])
    assert found.difference == pytest.approx(0)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high
    crude = (64 + 4) / 100 - (16 + 16) / 100
    assert crude > found.high
    # and where it does something, it is found
    helped = compared([Stratum(2, "1-30", Group(100, 80), Group(100, 50))])
    assert helped.difference == pytest.approx(0.3)
    assert helped.low == pytest.approx(0.17, abs=0.01)  # (81/102 - 51/102) -+ 1.96 * 0.0637
    assert helped.high == pytest.approx(0.42, abs=0.01)
    alone = compared([Stratum(2, "1-30", Group(5, 5), Group(0, 0))])
    assert (alone.difference, alone.cases) == (None, 0)


def test_only_cases_that_were_still_late_at_the_landmark_count(tmp_path: Path) -> None:
    town = Town(tmp_path / "index.db")
    rules = ServicingPolicy.of({"cases": {"handled_within": 7, "horizon": 20}})
    for number in range(1, 7):
        town.originate(number)
    opened = FEBRUARY + 3
    town.pay(1, at(opened + 2))  # before the landmark: in no group
    town.pay(2, at(opened + 10))  # handled, cured
    town.pay(3, at(opened + 12))  # not handled, cured
    town.until(at(opened + 22))
    cases = open_database(tmp_path / "identity.db")
    migrate(cases, trail_schema)
    migrate(cases, schema)
    with write(cases) as conn:
        for number in range(1, 7):
            loan = Subject(loan_id(number), CHAIN, BOOK, "0x70", "0xb1", None)
            standing = Standing(opened, 3, 1, 1, 1)
            who = "subject_x" if number == 6 else SERVICE  # a person's own case is no warning
            warned = Warned(("late",), 2, "call")
            made = collections.open_case(conn, who, loan, warned, standing, at(opened))
            if number in (2, 4):
                collections.act(conn, "subject_x", made, "call", at(opened + 6))
            if number == 5:
                collections.act(conn, "subject_x", made, "call", at(opened + 8))  # too late
    with closing(town) as closer:
        close(closer, JANUARY)
        found = measure(cases, closer.db, rules)
        later = rules.model_copy(update={"cases": rules.cases.model_copy(update={"horizon": 30})})
        assert measure(cases, closer.db, later).strata == ()
    assert found.strata == (Stratum(2, "1-30", Group(2, 1), Group(2, 1)),)
    assert (found.cases, found.difference) == (4, 0)
    cases.close()
    town.close()


def test_method_and_limits_are_said_in_both_languages() -> None:
    for english, chinese in (METHOD, LIMITS):
        assert english.isascii()
        assert "案件" in chinese
        for name in ("landmark", "horizon"):
            assert (name in english) == (name in chinese)
