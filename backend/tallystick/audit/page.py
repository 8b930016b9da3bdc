"""The report as one HTML file that needs nothing else, in English and Chinese."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tallystick.audit.amounts import readable
from tallystick.audit.report import MONEY, Report

_WORDS = {
    "lent": ("Lent", "放款"),
    "capitalised": ("Interest made principal", "转本利息"),
    "forgiven": ("Forgiven principal", "免除本金"),
    "principal": ("Principal", "本金"),
    "interest": ("Interest", "利息"),
    "fee": ("Fees", "费用"),
    "penalty": ("Penalty", "罚息"),
    "outstanding": ("Outstanding", "未还本金"),
    "collateral": ("Collateral", "抵押物"),
    "sold": ("Sold", "已变卖"),
    "released": ("Released", "已解押"),
    "escrow": ("In escrow", "托管中"),
    "credits": ("Credits", "待领款"),
    "balance": ("Balance", "账本余额"),
}


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
        money=[name for name in MONEY if any(getattr(token, name) for token in report.tokens)],
        words=_WORDS,
    )
