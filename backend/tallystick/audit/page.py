"""The report as one HTML file that needs nothing else, in English and Chinese."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tallystick.audit.amounts import readable
from tallystick.audit.report import Report


def render_page(report: Report) -> str:
    """The HTML text."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["readable"] = readable
    return environment.get_template("report.html").render(
        report=report,
        time=datetime.fromtimestamp(report.timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        decimals={token.token: token.decimals for token in report.tokens},
        differences=list(report.all_differences()),
    )
