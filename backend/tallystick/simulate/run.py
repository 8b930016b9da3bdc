"""A simulation from an empty folder to its report."""

from __future__ import annotations

import logging
import random
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tallystick.audit.audit import Scope, audit
from tallystick.db import Database
from tallystick.earlywarning.table import read_loans
from tallystick.indexer import repository
from tallystick.loans.fold import fold
from tallystick.repair.effect.measure import Effect, measure
from tallystick.repair.effect.render import page
from tallystick.simulate.figures import Run, Served, figures
from tallystick.simulate.office import Office
from tallystick.simulate.people import people
from tallystick.simulate.play import Simulation
from tallystick.simulate.report import render_page, write_tables
from tallystick.simulate.stage import Stage

_DAY = 86_400
_HORIZON = 180
"""Days after a repair at which its effect is measured."""


class OutOfPlace(Exception):
    """The folder for the run holds something already."""


def run(
    borrowers: int, months: int, seed: int, folder: Path, ports: tuple[int, int], begin: int
) -> bool:
    """Lives, reports, audits; whether everything is equal.

    `ports` of service and node, `begin` a day since 1970-01-01. Raises OutOfPlace, StackError,
    ChainError, SettingsError, TimeoutError.
    """
    if folder.exists() and any(folder.iterdir()):
        raise OutOfPlace(f"{folder} is not empty; name another folder with --out.")
    console = Console()
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    everybody = people(borrowers, months * 30, chance)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("day {task.completed} of {task.total}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console.print("Starting chain, service and keeper")
    with Stage(folder.absolute(), *ports, begin * _DAY) as stage:
        logging.basicConfig(filename=stage.layout.log("simulation"), level=logging.WARNING)
        with Office(stage.settings) as office, Progress(*columns, console=console) as progress:
            task = progress.add_task("Living", total=months * 365 // 12)

            def on_day(number: int) -> None:
                progress.update(task, completed=number)

            simulation = Simulation(stage, everybody, office, chance, begin, on_day)
            last = simulation.play(months)
            served = Served(
                *(office.told(), office.cases(), dict(office.done)),
                *(dict(simulation.helpline.done), stage.mailbox.taken),
            )
        console.print("Auditing everything against the chain")
        report = audit(stage.rpc, stage.record.book, Scope(transfers=True), stage.index)
        book = repository.book(stage.index, stage.record.chain_id, stage.record.book)
        assert book is not None  # noqa: S101 - it has just been audited
        lived = Run(everybody.borrowers, simulation.acts, simulation.noted, begin, last)
        found = figures(stage.index, book.id, lived, report, served)
        effect = _effect(stage.index, last)
    (folder / "report.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    (folder / "repairs.html").write_text(page(effect), "utf-8")
    (folder / "report.html").write_text(render_page(found), "utf-8")
    write_tables(found, console)
    console.print(f"The whole report: {folder / 'report.html'}")
    return bool(found["audit"]["equal"] and not found["broken"])


def _effect(index: Database, last: int) -> Effect:
    """What the repairs did, as `tallystick repair report` tells it."""
    loans = [fold(events) for events in read_loans(index, running=False).values()]
    return measure(loans, last, _HORIZON, seed=1)
