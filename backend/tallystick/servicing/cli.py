"""`tallystick close` and `tallystick servicing`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import click

from tallystick.chain.errors import ChainError
from tallystick.config import Settings, SettingsError
from tallystick.db import DatabaseError
from tallystick.identity.vault import KeyServiceInvalid
from tallystick.proof.errors import ProofError
from tallystick.servicing.errors import ServicingError
from tallystick.statements.words import Language


@click.command()
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    help="First date of books that were never closed [the last one that has ended].",
)
def close(first: datetime | None) -> None:
    """Close every business date that has ended, of every book, each once.

    To be run daily, or as often as one likes: what is closed stays, what was interrupted is
    finished, days that were missed are made up for one by one, and what the chain changed
    afterwards is corrected. One JSON object for each close.
    """
    from tallystick.loans.calendar import date_of, day_of
    from tallystick.servicing.close.daily import Corrected
    from tallystick.servicing.daily import close_all

    with told():
        begin = None if first is None else day_of(first.date())
        for chain_id, book, done in close_all(Settings.from_environment(), begin):
            if isinstance(done, Corrected):
                what: dict[str, object] = {"corrected": done.lines}
            else:
                what = {"date": str(date_of(done.day)), "loans": done.loans, "lines": done.lines}
            click.echo(json.dumps({"chain_id": chain_id, "book": book} | what))


@click.group()
def servicing() -> None:
    """Work on loans that fall behind: cases, their effect, legal packages."""


@servicing.command("sweep")
def sweep_command() -> None:
    """Open, value and close cases by what the newest closes and triggers say."""
    from dataclasses import asdict

    from tallystick.servicing.daily import open_desk, sweep_cases

    with told():
        settings = Settings.from_environment()
        with open_desk(settings) as desk:
            click.echo(json.dumps(asdict(sweep_cases(settings, desk))))


@servicing.command("queue")
@click.argument("token")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--language", type=click.Choice(["en", "zh"]), default="en")
def queue_command(token: str, limit: int, language: str) -> None:
    """List cases of loans in TOKEN, the one from which most is expected first, as JSON lines."""
    from tallystick.chain.deployment import checked_address
    from tallystick.servicing.cases import collections
    from tallystick.servicing.daily import open_desk
    from tallystick.servicing.words import WORDS

    with told(), open_desk(Settings.from_environment()) as desk, desk.reading() as db:
        for one in collections.queue(db, checked_address(token), limit):
            action = one.warned.action
            text = WORDS[action][language == "zh"] if action else None
            answer = {
                "collection_id": one.collection_id,
                "loan_id": "0x" + one.loan.loan_id.hex(),
                "days_past_due": one.standing.days,
                "due": str(one.standing.due),
                "expected": str(one.standing.expected),
                "suggestion": text,
                "assignee": one.assignee,
                "state": one.state,
            }
            click.echo(json.dumps(answer, ensure_ascii=False))


@servicing.command("effect")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en")
def effect_command(language: str) -> None:
    """Compare cases that were handled with those that were not."""
    from dataclasses import asdict

    from tallystick.servicing.close.store import read_close_file
    from tallystick.servicing.daily import open_desk
    from tallystick.servicing.effect import LIMITS, METHOD, measure

    with told():
        settings = Settings.from_environment()
        with (
            open_desk(settings) as desk,
            desk.reading() as cases,
            read_close_file(settings.servicing) as closed,
        ):
            found, rules = measure(cases, closed, desk.policy), desk.policy.cases
        words = {"landmark": rules.handled_within, "horizon": rules.horizon}
        at = int(language == "zh")
        answer = asdict(found) | {"method": METHOD[at].format(**words), "limits": LIMITS[at]}
        click.echo(json.dumps(answer, ensure_ascii=False))


@servicing.command("package")
@click.argument("loan")
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(["en", "zh"]), default="en")
@click.option("--symbol", default="", help="Shown beside amounts.")
@click.option("--decimals", type=click.IntRange(0, 36), default=0, help="Of the loan's token.")
def package_command(
    loan: str, output: Path, language: Language, symbol: str, decimals: int
) -> None:
    """Write the legal package of LOAN: agreement, schedule, payments with proofs, notices."""
    from tallystick.loans.statements.sheet import Currency
    from tallystick.servicing.daily import package_of

    with told():
        settings = Settings.from_environment()
        packed = package_of(settings, _loan_id(loan), Currency(symbol, decimals), language)
        output.write_bytes(packed)
        click.echo(json.dumps({"bytes": len(packed), "sha256": sha256(packed).hexdigest()}))


def _loan_id(text: str) -> bytes:
    try:
        value = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        value = b""
    if len(value) != 32:
        raise click.BadParameter("a loan is 0x and 64 hexadecimal digits")
    return value


@contextmanager
def told() -> Iterator[None]:
    """Turns what goes wrong into a sentence."""
    try:
        yield
    except (
        SettingsError,
        DatabaseError,
        ServicingError,
        ChainError,
        ProofError,
        KeyServiceInvalid,
        OSError,
    ) as error:
        raise click.ClickException(str(error)) from error
