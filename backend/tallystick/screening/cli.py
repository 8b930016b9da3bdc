"""`tallystick screen`: the queue of reviews, sanctions lists, linked applicants."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from tallystick.config import Settings, SettingsError
from tallystick.screening.errors import ScreeningError
from tallystick.screening.hits import Language
from tallystick.screening.queue import Filed, Outcome

_language = click.option("--language", type=click.Choice(["en", "zh"]), default="en")


@click.group()
def screen() -> None:
    """Judge what screening finds, and keep the lists that it compares with."""


@screen.command("queue")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--after", type=int, default=0, help="Id of the last hit of the page before.")
@_language
def queue_command(limit: int, after: int, language: Language) -> None:
    """List the hits that wait for a person, oldest first, one JSON object a line."""
    with _screening() as screening:
        for filed in screening.open_hits(limit, after):
            click.echo(json.dumps(_shown(filed, language), ensure_ascii=False))


@screen.command("review")
@click.argument("hit", type=int)
@click.option("--outcome", type=click.Choice(["confirmed", "cleared"]), required=True)
@click.option("--reviewer", required=True, help="Id of the person who judges.")
@click.option("--reason", required=True)
def review_command(hit: int, outcome: Outcome, reviewer: str, reason: str) -> None:
    """Say of a hit that it is confirmed, or cleared, and why."""
    with _screening() as screening:
        screening.review(hit, reviewer, outcome, reason, at=int(time.time()))


@screen.command("rings")
def rings_command() -> None:
    """Print groups of linked applicants that are larger than usual, one JSON object a line."""
    with _screening() as screening:
        for group in screening.rings():
            click.echo(json.dumps(group))


@screen.command("forget")
@click.argument("subject")
def forget_command(subject: str) -> None:
    """Delete every trace and hit of a subject, as after its erasure."""
    with _screening() as screening:
        screening.forget(subject)


@screen.command("retain")
def retain_command() -> None:
    """Delete traces older than the rules keep them, as `tallystick jobs run` does daily."""
    with _screening() as screening:
        click.echo(f"{screening.prune(int(time.time()))} deleted")


@screen.command("list")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def list_command(file: Path) -> None:
    """Keep a sanctions list: OFAC's sdn.xml, the UN's consolidated list, the EU's full list.

    The service compares with the newest kept version of every source from its next start on.
    """
    from tallystick.screening.sanctions.lists import keep_list, read_list

    with _told():
        found = read_list(file)
        path = keep_list(found, Settings.from_environment().screening_lists)
    facts = {"source": found.source, "published": found.published, "entries": len(found.entries)}
    click.echo(json.dumps(facts | {"sha256": found.sha256, "kept": str(path)}))


@screen.command("name")
@click.argument("name")
@click.option("--least", type=click.IntRange(50, 100), help="Likeness.  [default: of the rules]")
def name_command(name: str, least: int | None) -> None:
    """Compare a name with the kept lists, one JSON object a match."""
    from tallystick.screening.rules import load_rules
    from tallystick.screening.sanctions.index import ListIndex
    from tallystick.screening.sanctions.lists import kept_lists

    with _told():
        settings = Settings.from_environment()
        rules = load_rules(settings.screening_rules)
        index = ListIndex(kept_lists(settings.screening_lists))
        if not index.lists:
            raise click.ClickException(f"there is no list in {settings.screening_lists}")
    for match in index.search(name, least or rules.sanctions.likeness):
        entry = match.entry
        facts: dict[str, Any] = {"likeness": match.likeness, "listed": match.listed}
        facts |= {"list": match.source.label, "entry": entry.entry, "births": entry.births}
        click.echo(json.dumps(facts, ensure_ascii=False))


def _shown(filed: Filed, language: Language) -> dict[str, Any]:
    return {
        "hit": filed.hit_id,
        "application": filed.application,
        "severity": filed.hit.severity.value,
        "rule": filed.hit.rule,
        "text": filed.hit.text(language),
        "evidence": filed.hit.evidence,
        "at": filed.at,
    }


@contextmanager
def _screening() -> Iterator[Any]:
    from tallystick.identity.vault import Vault
    from tallystick.screening.screen import Screening

    with _told():
        settings = Settings.from_environment()
        screening = Screening.from_settings(settings, Vault.from_settings(settings))
        try:
            yield screening
        finally:
            screening.close()


@contextmanager
def _told() -> Iterator[None]:
    from tallystick.identity.vault import VaultError

    try:
        yield
    except (SettingsError, ScreeningError, VaultError, OSError) as error:
        raise click.ClickException(str(error)) from error
