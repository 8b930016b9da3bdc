"""`tallystick repair`: rules, invitations, supervision."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tallystick.config import Settings, SettingsError
from tallystick.db import DatabaseError
from tallystick.decisions.errors import DecisionError
from tallystick.repair.errors import RepairError

if TYPE_CHECKING:
    from tallystick.repair.daily import Desk


@click.group()
def repair() -> None:
    """Repair credit: invite borrowers in trouble, supervise plans."""


@repair.command("check")
@click.argument("rules", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check_command(rules: Path) -> None:
    """Check a file of RULES, and print its hash."""
    from tallystick.repair.rules import load_rules, rules_id

    with _told():
        _, body = load_rules(rules)
    click.echo(rules_id(body))


@repair.command("invite")
def invite_command() -> None:
    """Open a case for each running loan for which early warning suggests a repair; to be run daily.

    Only for borrowers who have signed in before; the case waits for their own words.
    """
    from tallystick.repair.daily import invite_warned

    with _told(), _desk() as desk:
        for case in invite_warned(desk):
            click.echo(json.dumps({"repair_id": case.case_id, "loan_id": _hex(case.loan_id)}))


@repair.command("supervise")
def supervise_command() -> None:
    """Bring every case to where the chain has it, and print those that moved; run it daily."""
    from tallystick.repair.supervise import supervise_all

    with _told(), _desk() as desk:
        for case in supervise_all(desk.repairs, desk.index, desk.now):
            told = {"repair_id": case.case_id, "stage": case.stage, "restarts": case.restarts}
            click.echo(json.dumps(told))


@repair.command("list")
@click.option("--stage", help="Only in this stage.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
def list_command(stage: str | None, limit: int) -> None:
    """List cases, oldest first, one JSON object a line."""
    from tallystick.repair import store

    with _told(), _desk() as desk:
        try:
            wanted = None if stage is None else store.Stage(stage)
        except ValueError as error:
            names = ", ".join(store.Stage)
            raise click.ClickException(f"There is no stage {stage}: {names}") from error
        with desk.repairs.access.file.open() as db:
            found = store.page(db, wanted, None, limit)
    for case in found:
        told = {
            "repair_id": case.case_id,
            "loan_id": _hex(case.loan_id),
            "stage": case.stage,
            "severity": case.severity,
            "cause": case.cause,
            "change_id": case.change_id,
            "opened_at": case.opened_at,
        }
        click.echo(json.dumps(told))


@repair.command("report")
@click.option("--horizon", type=click.IntRange(30, 1800), default=180, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page, too.")
def report_command(horizon: int, seed: int, *, as_json: bool, html: Path | None) -> None:
    """Measure what repairs did, HORIZON days after each, beside like loans without one.

    From the index alone, as of its head.
    """
    from rich.console import Console
    from rich.table import Table

    from tallystick.earlywarning.table import read_loans
    from tallystick.indexer.repository import cursor, open_index
    from tallystick.loans.calendar import day_at
    from tallystick.loans.fold import fold
    from tallystick.repair.effect.measure import measure
    from tallystick.repair.effect.render import page, table

    with _told(), open_index(Settings.from_environment().db) as db:
        at = cursor(db)
        loans = [fold(events) for events in read_loans(db, running=False).values()]
    effect = measure(loans, day_at(at.timestamp) if at else 0, horizon, seed)
    if html is not None:
        html.write_text(page(effect), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(effect.to_json(), indent=1, ensure_ascii=False))
        return
    shown = Table("measure", "repaired", "like loans", "literature")
    for row in table(effect):
        shown.add_row(*row)
    Console(width=120).print(shown)


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


@contextmanager
def _desk() -> Iterator[Desk]:
    from tallystick.repair.daily import NotIndexed, open_desk

    try:
        with open_desk(Settings.from_environment()) as desk:
            yield desk
    except NotIndexed as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _told() -> Iterator[None]:
    from tallystick.chain.errors import DeploymentError
    from tallystick.identity.vault import VaultError

    try:
        yield
    except (
        SettingsError,
        DatabaseError,
        DecisionError,
        RepairError,
        DeploymentError,
        VaultError,
        OSError,
    ) as error:
        raise click.ClickException(str(error)) from error
