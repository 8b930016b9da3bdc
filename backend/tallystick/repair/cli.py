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
