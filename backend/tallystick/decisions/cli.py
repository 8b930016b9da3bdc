"""`tallystick decisions`: release policies, repeat decisions, and look at many of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tallystick.chain.endpoints import Endpoints
from tallystick.chain.errors import ChainError
from tallystick.config import Settings, SettingsError
from tallystick.db import Database, DatabaseError
from tallystick.decisions import daily, releases, store
from tallystick.decisions.document import read_yaml
from tallystick.decisions.errors import DecisionError
from tallystick.identity.rights.errors import RightsError
from tallystick.identity.vault.errors import VaultError
from tallystick.scoring.card import dump_card
from tallystick.scoring.errors import ScoringError

if TYPE_CHECKING:
    from tallystick.identity.rights.rights import Rights
    from tallystick.identity.vault import Vault
    from tallystick.identity.vault.files import PrivateFile
    from tallystick.scoring.store import Model

DIFFERS = 1
_FAILURES = (
    SettingsError,
    ChainError,
    DatabaseError,
    DecisionError,
    RightsError,
    ScoringError,
    VaultError,
)
_yaml = click.Path(exists=True, dir_okay=False, path_type=Path)
_folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def decisions() -> None:
    """Credit decisions: what they are made by, and making them again."""


def _documents(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--catalogue", type=_yaml, default=Path("lending/catalogue.yaml")),
        click.option("--policy", type=_yaml, default=Path("lending/policy.yaml")),
        click.option("--model", type=_folder, required=True, help="Folder of a signed scorecard."),
    ):
        command = option(command)
    return command


@decisions.command()
@_documents
def check(catalogue: Path, policy: Path, model: Path) -> None:
    """Check a catalogue and a policy, and decide the policy's own cases."""
    with _failures():
        count = releases.check_documents(read_yaml(catalogue), read_yaml(policy), _card(model))
        click.echo(f"{count} cases decided as they should be")


@decisions.command()
@_documents
@click.option("--challenger", type=_yaml, help="Policy that decides a share of the applications.")
@click.option("--challenger-model", type=_folder, help="Its scorecard.  [default: --model]")
@click.option("--share", type=click.FloatRange(0, 99.99), default=0.0, help="Per cent.")
def release(
    catalogue: Path,
    policy: Path,
    model: Path,
    challenger: Path | None,
    challenger_model: Path | None,
    share: float,
) -> None:
    """Keep a release, and print what its maker and its checker sign.

    Nothing is in force before both have: tallystick decisions propose, then approve.
    """
    with _failures(), _database() as db:
        arms = [(read_yaml(policy), _card(model))]
        if challenger is not None or challenger_model is not None:
            arms.append((read_yaml(challenger or policy), _card(challenger_model or model)))
        made = releases.put_release(
            db, read_yaml(catalogue), arms, round(share * 100), int(time.time())
        )
        for folder in filter(None, (model, challenger_model)):
            found = _model(folder)
            releases.put_card(db, dump_card(found.card), int(time.time()), found.metrics)
        number = releases.next_number(db)
        shown = {
            "release": made.release_id,
            "activation": number,
            "maker_signs": releases.message(number, made.release_id, "propose"),
            "checker_signs": releases.message(number, made.release_id, "approve"),
        }
        click.echo(json.dumps(shown, indent=1))


@decisions.command()
@click.option("--model", type=_folder, required=True, help="Folder of a signed scorecard.")
def card(model: Path) -> None:
    """Keep a scorecard, and print the hash by which releases name it over HTTP."""
    with _failures(), _database() as db:
        found = _model(model)
        made = releases.put_card(db, dump_card(found.card), int(time.time()), found.metrics)
        click.echo(made)


@decisions.command()
@click.argument("release_id")
@click.argument("account")
@click.argument("signature")
def propose(release_id: str, account: str, signature: str) -> None:
    """Begin to put a release into force, by the maker's signature."""
    with _failures(), _database() as db:
        settings = Settings.from_environment()
        found = releases.propose(
            db,
            Endpoints(settings.rpc_urls),
            release_id,
            settings.policy_signers or (),
            account,
            _bytes(signature),
            int(time.time()),
        )
        click.echo(f"activation {found.number} waits for somebody else than {found.maker}")


@decisions.command()
@click.argument("number", type=click.IntRange(1))
@click.argument("account")
@click.argument("signature")
def approve(number: int, account: str, signature: str) -> None:
    """Put a release into force, by the signature of somebody else than its maker."""
    with _failures(), _database() as db:
        settings = Settings.from_environment()
        found = releases.approve(
            db,
            Endpoints(settings.rpc_urls),
            number,
            settings.policy_signers or (),
            account,
            _bytes(signature),
            int(time.time()),
        )
        click.echo(f"release {found.release} is in force")


@decisions.command()
@click.option("--day", help="UTC, as in 2026-03-31.  [default: yesterday]")
def root(day: str | None) -> None:
    """Write the root over a day's decisions into the trail, which `tallystick anchor` anchors.

    `tallystick jobs run` does it daily.
    """
    from tallystick.decisions.roots import day_at

    with _failures():
        now = int(time.time())
        try:
            wanted = day_at(now - 86_400) if day is None else date.fromisoformat(day)
        except ValueError:
            raise click.UsageError("a day is written as in 2026-03-31") from None
        click.echo(daily.described(daily.record(Settings.from_environment(), wanted, now)))


@decisions.command()
def standings() -> None:
    """Look at every borrower's books, and keep whose standing moved, to be told.

    The policy in force says what behaviour changes: grades and limit, up and down.
    `tallystick jobs run` does it daily.
    """
    with _failures():
        for subject, moved in daily.look_at_all(Settings.from_environment(), int(time.time())):
            click.echo(f"{subject} {moved.grade_shift:+d} {moved.limit_pct} % {moved.en}")


@decisions.command(name="what-if")
@_documents
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
def what_if_command(catalogue: Path, policy: Path, model: Path, days: int) -> None:
    """Tell what a candidate policy would have made of the last applications, as JSON."""
    from tallystick.decisions.what_if import what_if

    with _failures(), _database() as db, _private() as (_, vault, rights):
        bodies = read_yaml(catalogue), read_yaml(policy), _card(model)
        releases.check_documents(*bodies)
        now = int(time.time())
        past = store.between(db, now - days * 86_400, now + 1)
        found = what_if(past, releases.bench_of(*bodies), vault, rights, "operator")
        click.echo(json.dumps(found.to_json(), indent=1))


@decisions.command(name="list")
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True)
def list_command(days: int) -> None:
    """Tell the decisions of the last days, oldest first: id, time, product, outcome, reasons."""
    with _failures(), _database() as db:
        now = int(time.time())
        for each in store.between(db, now - days * 86_400, now + 1):
            when = f"{datetime.fromtimestamp(each.decided_at, UTC):%Y-%m-%dT%H:%M:%SZ}"
            told = (each.decision_id, when, each.product, each.outcome, each.grade or "-")
            click.echo(" ".join((*told, *each.reasons)))


@decisions.command(name="replay")
@click.argument("decision_id")
@click.pass_context
def replay_command(context: click.Context, decision_id: str) -> None:
    """Decide again, by the documents of that day, and say what differs.

    Exit code 0: the same to the bit; 1: something differs.
    """
    from tallystick.decisions.replay import replay, root_difference

    with _failures(), _database() as db, _private() as (file, vault, rights):
        decision = store.get(db, decision_id)
        found = replay(db, vault, rights, decision, "operator")
        differences = [*found.differences, *root_difference(db, file, decision)]
        for each in differences:
            click.echo(f"{each.where}: was {each.kept}, is {each.now}")
        verdict = "DIFFERS" if differences else "SAME"
        click.echo(f"{verdict}: {decision_id} {found.decision.outcome}")
    if differences:
        context.exit(DIFFERS)


@contextmanager
def _private() -> Iterator[tuple[PrivateFile, Vault, Rights]]:
    from tallystick.identity.access.access import identity_file
    from tallystick.identity.rights.rights import Rights
    from tallystick.identity.vault import Vault

    settings = Settings.from_environment()
    vault, file = Vault.from_settings(settings), identity_file(settings.identity)
    try:
        yield file, vault, Rights(file, vault)
    finally:
        file.close()
        vault.close()


def _card(folder: Path) -> bytes:
    return dump_card(_model(folder).card)


def _model(folder: Path) -> Model:
    from tallystick.scoring.store import load_model

    return load_model(folder)


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise click.UsageError("a signature is hexadecimal") from None


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _database() -> Iterator[Database]:
    with daily.lending_database(Settings.from_environment()) as db:
        yield db
