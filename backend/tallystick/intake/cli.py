"""`tallystick intake`: look at what an applicant hands in."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from tallystick.intake.errors import IntakeError
from tallystick.loans.calendar import date_of


@click.group()
def intake() -> None:
    """Read bank statements: entries, quality, features."""


@intake.command("statement")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--layout", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--entries", is_flag=True, help="Print every entry, one JSON object a line, first.")
def statement_command(file: Path, layout: Path | None, *, entries: bool) -> None:
    """Read a statement (CSV, OFX, camt.053) and print quality and features as JSON.

    LAYOUT is a YAML file that says of a CSV file what cannot be found out: columns, currency_code,
    dates (ymd, dmy, mdy), decimal (. or ,), delimiter, encoding. See docs/intake.md.
    """
    from tallystick.intake.csvfile import Layout
    from tallystick.intake.features import statement_features
    from tallystick.intake.quality import quality
    from tallystick.intake.read import read_statement

    try:
        found = read_statement(file, Layout.from_json(_yaml(layout)))
    except IntakeError as error:
        raise click.UsageError(f"{file.name}: {error}") from error
    if entries:
        for entry in found.entries:
            click.echo(json.dumps(asdict(entry) | {"day": str(date_of(entry.day))}))
    report = asdict(quality(found))
    report |= {name: str(date_of(report[name])) for name in ("first_day", "last_day")}
    answer = {"format": found.format, "quality": report}
    answer |= {"features": statement_features(found).features()}
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False))


def _yaml(path: Path | None) -> dict[str, Any]:
    from tallystick.intake.errors import LayoutInvalid

    if path is None:
        return {}
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise LayoutInvalid(path.name, f"cannot be read ({error})") from error
    if not isinstance(data, dict):
        raise LayoutInvalid(path.name, "must be a mapping")
    return data
