"""The report for people: lines for a terminal, and one page with plots that needs nothing else."""

from __future__ import annotations

from html import escape

from tallystick.loans.calendar import date_of
from tallystick.repair.effect.measure import LITERATURE, Effect, Rate

NAMES = {
    "success": "Standing restored or repaid / 恢复信用或还清",
    "repayment": "Plan rows paid on time / 方案按期还款率",
    "overdue": "Plan rows overdue / 方案逾期率",
    "redefault": "Default again / 再次违约率",
}
LIMITS = (
    (
        "Like loans agree exactly in days past due and token, and are the nearest in share "
        "outstanding (at most 0.2 apart) and in principal (at most twice or half), chosen "
        "with replacement among loans that were not amended before nor within the horizon."
    ),
    (
        "Borrowers who ask for help may differ in what is not on chain (cause, will, "
        "income), and lenders agree to plans that look promising: the difference is not the "
        "effect alone. Leaving out loans that were amended later favours neither side for "
        "certain."
    ),
    (
        "A loan is bad when default or write-off was declared within the horizon, or it is "
        "90 days past due at its end. Loss is what a bad loan still owes then plus what was "
        "forgiven, nominal, without recoveries after the horizon."
    ),
    (
        "Rates have 95 % Wilson intervals, the difference of losses a 95 % bootstrap over "
        "pairs; with few loans they are wide, and rows of one loan depend on each other, so "
        "intervals of rows are too narrow."
    ),
)
_WIDTH, _LEFT, _ROW = 640, 250, 44


def table(effect: Effect) -> list[tuple[str, str, str, str]]:
    """Name, figure with interval, like loans, literature."""
    rows = []
    for name, label in NAMES.items():
        beside = effect.control.get(name)
        rows.append(
            (
                label,
                _told(effect.rates[name]),
                "" if beside is None else _told(beside),
                _percent(LITERATURE[name]),
            )
        )
    loss = effect.avoided
    if loss.difference is None or loss.low is None or loss.high is None:
        rows.append(("Loss avoided / 减少的损失", "too few pairs", "", ""))
    else:
        span = f"{_percent(loss.difference)} ({_percent(loss.low)} to {_percent(loss.high)})"
        rows.append(("Loss avoided / 减少的损失", span, f"{loss.pairs} pairs", ""))
    return rows


def page(effect: Effect) -> str:
    """One HTML page with its plots inline."""
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in table(effect)
    )
    unlike = "".join(
        f"<tr><td>{escape(name)}</td><td>{_number(before)}</td><td>{_number(after)}</td></tr>"
        for name, (before, after) in effect.balance.items()
    )
    limits = "".join(f"<li>{escape(text)}</li>" for text in LIMITS)
    title = "Effect of credit repair / 信用修复成效"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font:16px system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
        "td,th{padding:.3em .8em;text-align:left;border-bottom:1px solid #ccc}"
        "table{border-collapse:collapse}</style>"
        f"<h1>{title}</h1><p>As of {date_of(effect.day)}: {effect.loans} loans,"
        f" {effect.repaired} repaired and watched for {effect.horizon} days,"
        f" {effect.avoided.pairs} with a like loan, {effect.unmatched} without.</p>"
        f"{plot(effect)}"
        "<table><tr><th>Measure</th><th>Repaired</th><th>Like loans</th><th>Literature</th></tr>"
        f"{rows}</table><h2>How like the loans are</h2><table><tr><th>Standardised difference"
        f"</th><th>before</th><th>after matching</th></tr>{unlike}</table>"
        f"<h2>Method and limits</h2><ul>{limits}</ul></html>\n"
    )


def plot(effect: Effect) -> str:
    """Bars from 0 to 100 % with intervals, like loans below, the literature as a line."""
    parts = []
    for place, (name, label) in enumerate(NAMES.items()):
        y = place * _ROW + 8
        parts.append(f'<text x="0" y="{y + 18}" font-size="13">{escape(label)}</text>')
        parts += _bar(effect.rates[name], y, "#1f6f8b")
        beside = effect.control.get(name)
        if beside is not None:
            parts += _bar(beside, y + 14, "#b5651d")
        at = _x(LITERATURE[name])
        parts.append(
            f'<line x1="{at}" x2="{at}" y1="{y - 2}" y2="{y + 28}" stroke="#000"'
            ' stroke-dasharray="3 2"/>'
        )
    height = len(NAMES) * _ROW + 24
    legend = "blue: repaired, brown: like loans, dashed: literature"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{legend}"'
        f' viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}">{"".join(parts)}'
        f'<text x="{_LEFT}" y="{height - 6}" font-size="12">{legend}</text></svg>'
    )


def _bar(rate: Rate, y: int, colour: str) -> list[str]:
    if rate.value is None or rate.low is None or rate.high is None:
        return [f'<text x="{_LEFT}" y="{y + 11}" font-size="12">none</text>']
    width = _x(rate.value) - _LEFT
    middle = y + 6
    return [
        f'<rect x="{_LEFT}" y="{y}" width="{width}" height="12" fill="{colour}"/>',
        (
            f'<line x1="{_x(rate.low)}" x2="{_x(rate.high)}" y1="{middle}" y2="{middle}"'
            ' stroke="#444" stroke-width="2"/>'
        ),
    ]


def _x(share: float) -> int:
    return _LEFT + round((_WIDTH - _LEFT - 10) * share)


def _told(rate: Rate) -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return "none"
    span = f"{_percent(rate.low)} to {_percent(rate.high)}"
    return f"{_percent(rate.value)} ({span}; {rate.hits} of {rate.of})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
