"""A simulation from an empty folder to its report."""

from __future__ import annotations

import random
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tallystick.audit.audit import Scope, audit
from tallystick.indexer import repository
from tallystick.simulate.figures import Run, figures
from tallystick.simulate.people import people
from tallystick.simulate.play import Simulation
from tallystick.simulate.report import render_page, write_tables
from tallystick.simulate.stage import Stage

_DAY = 86_400


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
        db = repository.open_index(stage.layout.database)
        with db, Progress(*columns, console=console) as progress:
            task = progress.add_task("Living", total=months * 365 // 12)

            def on_day(number: int) -> None:
                progress.update(task, completed=number)

            simulation = Simulation(stage, everybody, db, chance, begin, on_day)
            last = simulation.play(months)
        with repository.open_index(stage.layout.database) as db:
            console.print("Auditing everything against the chain")
            report = audit(stage.rpc, stage.record.book, Scope(transfers=True), db)
            book = repository.book(db, stage.record.chain_id, stage.record.book)
            assert book is not None  # noqa: S101 - it has just been audited
            lived = Run(everybody.borrowers, simulation.acts, simulation.noted, begin, last)
            found = figures(db, book.id, lived, report)
    (folder / "report.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    (folder / "report.html").write_text(render_page(found), "utf-8")
    write_tables(found, console)
    console.print(f"The whole report: {folder / 'report.html'}")
    return bool(found["audit"]["equal"] and not found["broken"])
