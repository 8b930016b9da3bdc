"""The report of a run, for a terminal and as one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.console import Console
from rich.table import Table

from tallystick.simulate import charts
from tallystick.simulate.charts import Line, draw
from tallystick.simulate.people import UNIT


def write_tables(found: dict[str, Any], console: Console) -> None:
    """Months, rolls, borrowers, gas, and the verdict."""
    console.print(_months(found))
    console.print(_rolls(found))
    console.print(_habits(found))
    console.print(_gas(found))
    console.print(_told(found))
    cure = found["cure"]
    console.print(
        f"Cure: of {cure['late']} loans once more than 30 days late, {cure['cured']} are current "
        f"or closed ({percent(cure['ppm'])})."
    )
    console.print("Repairs: " + _counts(found["repairs"]["cases"]))
    console.print("Asked for: " + _counts(found["repairs"]["asked"]))
    console.print("Daily work: " + _counts(found["work"]))
    console.print("Keeper: " + _counts(found["keeper"]))
    for sentence in (*found["broken"], *found["audit"]["differences"]):
        console.print(f"[red]{sentence}[/red]")
    verdict = "equal" if found["audit"]["equal"] else "DIFFERENT"
    console.print(
        f"Audit of {found['loans']} loans, {found['events']} events: {verdict}; "
        f"{len(found['broken'])} invariants broken."
    )


def render_page(found: dict[str, Any]) -> str:
    """The HTML text."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "money": money}
    months = [line["month"] for line in found["months"]]
    par = draw(
        [
            Line(f"PAR {above}", f"line{place}", _par(found, above))
            for place, above in enumerate(found["months"][0]["par_ppm"])
        ],
        months,
        " %",
    )
    flows = found["cashflow"]
    cash = draw(
        [
            Line(name, f"line{place}", [int(flow[name]["total"]) / UNIT for flow in flows])
            for place, name in enumerate(("expected", "received"))
        ],
        [flow["month"] for flow in flows],
    )
    size = draw(
        [Line("outstanding", "line0", [int(m["outstanding"]) / UNIT for m in found["months"]])],
        months,
    )
    return environment.get_template("report.html").render(
        found=found, charts=charts, par=par, cash=cash, size=size
    )


def percent(ppm: int) -> str:
    """Millionths as per cent."""
    return f"{ppm / 10_000:.1f} %"


def money(units: str | int) -> str:
    """Base units as whole tokens."""
    return f"{int(units) // UNIT:,}"


def _par(found: dict[str, Any], above: str) -> list[float]:
    return [line["par_ppm"][above] / 10_000 for line in found["months"]]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {what}" for what, n in counts.items()) or "none"


def _told(found: dict[str, Any]) -> Table:
    told = found["messages"]
    table = _table("Messages", "kind, or what became of a delivery", "messages")
    for kind, count in told["kinds"].items():
        table.add_row(kind.replace("_", " "), str(count))
    for way in told["deliveries"]:
        words = (way["channel"], way["state"], way["reason"].replace("_", " "))
        table.add_row(" ".join(words).strip(), str(way["count"]))
    table.add_row("mails that came, and days without mail server", _pair(told))
    return table


def _pair(told: dict[str, Any]) -> str:
    return f"{told['mails']}, {told['outages']}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right")
    return table


def _months(found: dict[str, Any]) -> Table:
    pars = list(found["months"][0]["par_ppm"])
    table = _table("Months", "month", "loans", "outstanding", *(f"PAR {n}" for n in pars))
    for line in found["months"]:
        shares = (percent(line["par_ppm"][n]) for n in pars)
        table.add_row(line["month"], str(line["loans"]), money(line["outstanding"]), *shares)
    return table


def _rolls(found: dict[str, Any]) -> Table:
    columns = list(next(iter(found["rolls"].values()), {}))
    table = _table("Where the outstanding was a month later", "from", *columns)
    for bucket, line in found["rolls"].items():
        table.add_row(bucket, *(percent(line[where]) for where in columns))
    return table


def _habits(found: dict[str, Any]) -> Table:
    habits = found["habits"]
    table = _table("Borrowers by habit", "", *habits)
    for name in next(iter(habits.values()), {}):
        values = (line[name] for line in habits.values())
        cells = (money(n) if isinstance(n, str) else str(n) for n in values)
        table.add_row(name.replace("_", " "), *cells)
    return table


def _gas(found: dict[str, Any]) -> Table:
    table = _table("Gas", "what", "transactions", "gas each", "gas per payment")
    for what, line in found["gas"].items():
        per = line.get("gas_per_payment")
        cells = (str(line["transactions"]), f"{line['gas_each']:,}", f"{per:,}" if per else "")
        table.add_row(what, *cells)
    return table
