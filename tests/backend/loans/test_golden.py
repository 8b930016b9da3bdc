"""Schedules, lives of loans and figures that others published, against the calculator.

`golden/*.toml` holds the tables, `golden/README.md` says how one is written. The tables of
`golden/not_reproduced.toml` follow a convention that the schedule input cannot state: they must
keep differing, so that the list cannot rot.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tallystick.loans.calendar import month_day
from tallystick.loans.kinds import Frequency
from tallystick.loans.life.parse import LIFE_FIELDS, parse_life_input
from tallystick.loans.life.play import play
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.quotes.intervals import eu_years
from tallystick.loans.quotes.quote import quote
from tallystick.loans.quotes.rates import effective_rate
from tallystick.loans.quotes.reg_z import reg_z_rate, unit_periods

FOLDER = Path(__file__).parent / "golden"
NOT_REPRODUCED = FOLDER / "not_reproduced.toml"
USUAL_COLUMNS = "n due_date principal interest balance"
RATES = ("apr", "nominal", "apr_reg_z")
FIGURES = ("rows", "installment", "payoff", "outstanding", "totals", "ranges", *RATES)
YEAR = {"months": 12, "weeks": 52, "days": 365}


def tables(path: Path) -> list[Any]:
    """Every table of a file, named by file and table, with the file's source where it has none."""
    content = tomllib.loads(path.read_text())
    return [
        pytest.param({"source": content.get("source"), **table}, id=f"{path.stem}: {table['name']}")
        for table in content["table"]
    ]


def reproduced() -> list[Any]:
    """The tables of every file but the list of those not reproduced."""
    paths = sorted(FOLDER.glob("*.toml"))
    return [table for path in paths if path != NOT_REPRODUCED for table in tables(path)]


def same(table: dict[str, Any], ours: str, published: str) -> bool:
    """Whether both are the same date or amount; published amounts may leave out trailing zeros.

    Where the source shows figures of higher precision `rounded`, ours is rounded to its digits.
    """
    if ours == published or "-" in published:
        return ours == published
    amount = Decimal(published)
    if table.get("rounded"):
        return Decimal(ours).quantize(amount, ROUND_HALF_UP) == amount
    return Decimal(ours) == amount


def row_differences(table: dict[str, Any], rows: list[dict[str, Any]]) -> Iterator[str]:
    """Every published row that differs, ours below it."""
    columns = table.get("columns", USUAL_COLUMNS).split()
    published = [line.split() for line in table["rows"].splitlines() if line]
    if not table.get("excerpt") and len(published) != len(rows):
        yield f"{len(published)} rows published, ours has {len(rows)}"
    for cells in published:
        named = dict(zip(columns, cells, strict=True))
        n = int(named["n"])
        ours = {name: str(rows[n - 1][name]) for name in columns} if n <= len(rows) else {}
        wrong = [name for name in columns if not ours or not same(table, ours[name], named[name])]
        if wrong:
            yield f"row {n}: {', '.join(wrong)}"
            yield f"  published {named}"
            yield f"  ours      {ours}"


def range_differences(table: dict[str, Any], rows: list[dict[str, Any]]) -> Iterator[str]:
    """Sums over rows `first` to `last`, and the balance after the last."""
    for entry in table.get("ranges", []):
        first, last = entry["first"], entry["last"]
        for name in entry.keys() - {"first", "last"}:
            values = [Decimal(row[name]) for row in rows[first - 1 : last]]
            ours = str(values[-1] if name == "balance" else sum(values))
            if not same(table, ours, entry[name]):
                yield f"rows {first} to {last}: {name} published {entry[name]}, ours {ours}"


def answer_to(given: dict[str, Any]) -> Any:
    """The schedule; the life of the loan where the input tells of one."""
    if LIFE_FIELDS & given.keys():
        return play(parse_life_input(given)).to_json()
    return compute_schedule(parse_schedule_input(given)).to_json()


def flows_of(table: dict[str, Any]) -> Iterator[tuple[date, int]]:
    """Every payment in cents; `count` of a line repeats it a period after the one before."""
    frequency, every = table.get("frequency", "months"), table.get("repay_every", 1)
    for line in table["flows"].splitlines():
        if not line:
            continue
        day, amount, *count = line.split()
        start = date.fromisoformat(day)
        for k in range(int(*count or ["1"])):
            if frequency == "months":
                when = month_day(start.year, start.month, k * every, start.day)
            else:
                when = start + timedelta(days=k * every * (7 if frequency == "weeks" else 1))
            yield when, int(Decimal(amount) * 100)


def yearly_rates(table: dict[str, Any]) -> dict[str, Decimal]:
    """`apr`, `apr_reg_z`, and `nominal`: a period's rate times the periods of a year. Percent."""
    if "input" in table:
        found = quote(parse_schedule_input(table["input"]))
        reg_z = found.apr_reg_z or Decimal(0)
        return {
            "apr": found.apr * 100,
            "nominal": found.nominal * 100,
            "apr_reg_z": reg_z * 100,
        }
    frequency = table.get("frequency", "months")
    flows = list(flows_of(table))
    start = flows[0][0]
    apr = effective_rate(
        [(eu_years(start, when, Frequency[frequency.upper()]), amount) for when, amount in flows]
    )
    every = table.get("repay_every", 1)
    periods = Fraction(YEAR[frequency], every)
    share = Decimal(periods.denominator) / periods.numerator
    rates = {"apr": apr * 100, "nominal": ((1 + apr) ** share - 1) / share * 100}
    if "apr_reg_z" in table:
        payments = [amount for _, amount in flows[1:]]
        unit = unit_periods(
            start,
            flows[1][0],
            Frequency[frequency.upper()],
            every,
            single=len(payments) == 1,
        )
        assert unit is not None
        rates["apr_reg_z"] = reg_z_rate(-flows[0][1], payments, unit) * 100
    return rates


def rate_differences(table: dict[str, Any]) -> Iterator[str]:
    """Published yearly rates against ours, rounded to the digits published."""
    published = {name: Decimal(table[name]) for name in RATES if name in table}
    ours = yearly_rates(table) if published else {}
    for name, rate in published.items():
        if ours[name].quantize(rate, ROUND_HALF_UP) != rate:
            yield f"{name} published {rate}, ours {ours[name]:.6f}"


def differences(table: dict[str, Any]) -> list[str]:
    """What the calculator answers otherwise than the source."""
    return [*rate_differences(table), *(amount_differences(table) if "input" in table else ())]


def amount_differences(table: dict[str, Any]) -> list[str]:
    """Dates and amounts that the calculator answers otherwise."""
    answer = answer_to(table["input"])
    found = [
        f"{name} published {table[name]}, ours {answer[name]}"
        for name in ("installment", "payoff", "outstanding")
        if name in table and not same(table, answer[name], table[name])
    ]
    for name, published in table.get("totals", {}).items():
        ours = answer["totals"][name]
        if not same(table, ours, published):
            found.append(f"total {name} published {published}, ours {ours}")
    if "rows" in table:
        found += row_differences(table, answer["rows"])
    found += range_differences(table, answer["rows"])
    return found


@pytest.mark.parametrize("table", reproduced())
def test_published_table_is_reproduced(table: dict[str, Any]) -> None:
    found = differences(table)
    if found:
        pytest.fail("\n".join([f"source: {table['source']}", *found]), pytrace=False)


@pytest.mark.parametrize("table", tables(NOT_REPRODUCED))
def test_table_of_another_convention_still_differs(table: dict[str, Any]) -> None:
    assert table["reason"]
    assert differences(table), "now reproduced: move it to its source's file"


def test_every_table_names_its_source_and_checks_something() -> None:
    cases = [case.values[0] for case in [*reproduced(), *tables(NOT_REPRODUCED)]]
    for table in cases:
        assert table["source"], table["name"]
        assert set(FIGURES) & set(table), table["name"]
    names = [case.id for case in reproduced()]
    assert len(names) == len(set(names)) >= 210
