"""A card unrolled into one straight Python function, for the speed of a single applicant.

Only numbers of variables and quoted names of columns enter the source; every cut, level and value
is handed over as an object. The loop that this replaces took three times as long.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any, cast

from tallystick.scoring.card import Card, Feature
from tallystick.scoring.errors import DataInvalid
from tallystick.scoring.features import Derived, derive_one
from tallystick.scoring.schema import Column, absent_texts, level_places, missing_numbers
from tallystick.scoring.table import NO_NUMBER

# log-odds, each feature's share of them, each feature's bin
Result = tuple[float, list[float], list[int]]
Program = Callable[[Mapping[str, object]], Result]


def compile_program(card: Card) -> Program:
    """The function that scores one applicant; it raises KeyError for a column that is not there."""
    names: dict[str, Any] = {
        "nan": math.nan,
        "bisect": bisect_right,
        "derive": derive_one,
        "number": as_number,
        "text": as_text,
    }
    lines = ["def program(applicant):"]
    variables: dict[str, str] = {}
    for column in card.columns():
        variables[column.name] = f"v{len(variables)}"
        lines += _column(column, variables[column.name], names)
    sums: dict[tuple[str, ...], str] = {}
    for step in card.derived:
        of = [variables[name] for name in step.of]
        variables[step.name] = f"v{len(variables)}"
        lines += _derived(step, variables[step.name], of, sums)
    for place, feature in enumerate(card.features):
        lines.append(_bin(place, feature, variables[feature.of], names))
    shares = [
        [f"p{place}"] if _has_main(card, place) else [] for place in range(len(card.features))
    ]
    for main in card.mains:
        names[f"m{main.feature}"] = main.values
        lines.append(f"p{main.feature} = m{main.feature}[b{main.feature}]")
    terms = [f"p{main.feature}" for main in card.mains]
    for place, pair in enumerate(card.pairs):
        names[f"t{place}"] = pair.values
        lines.append(f"x{place} = t{place}[b{pair.first}][b{pair.second}]")
        lines.append(f"h{place} = 0.5 * x{place}")
        terms.append(f"x{place}")
        shares[pair.first].append(f"h{place}")
        shares[pair.second].append(f"h{place}")
    names["intercept"] = card.intercept
    total = " + ".join(["intercept", *terms])
    parts = ", ".join(" + ".join(share) or "0.0" for share in shares)
    bins = ", ".join(f"b{place}" for place in range(len(card.features)))
    lines.append(f"return {total}, [{parts}], [{bins}]")
    source = "\n    ".join(lines)
    exec(compile(source, "<card>", "exec"), names)  # noqa: S102 - see the module's first lines
    return cast("Program", names["program"])


def _has_main(card: Card, place: int) -> bool:
    return any(main.feature == place for main in card.mains)


def _column(column: Column, variable: str, names: dict[str, Any]) -> list[str]:
    lines = [f"{variable} = applicant[{column.name!r}]"]
    if column.kind == "categorical":
        names[f"a_{variable}"] = absent_texts(column)
        names[f"n_{variable}"] = column.name
        lines.append(f"if type({variable}) is not str: {variable} = text({variable}, n_{variable})")
        lines.append(f"if {variable} in a_{variable}: {variable} = None")
        return lines
    names[f"c_{variable}"] = column
    # a value that is not finite differs from itself, or its difference is not a number
    lines.append(
        f"if type({variable}) is not float or {variable} - {variable} != 0.0: "
        f"{variable} = number({variable}, c_{variable})"
    )
    if missing_numbers(column):
        names[f"a_{variable}"] = missing_numbers(column)
        lines.append(f"if {variable} in a_{variable}: {variable} = nan")
    return lines


def _derived(
    step: Derived, variable: str, of: list[str], sums: dict[tuple[str, ...], str]
) -> list[str]:
    if step.operation == "difference":
        return [f"{variable} = {of[0]} - {of[1]}"]
    if step.operation == "ratio":
        return [f"{variable} = {of[0]} / {of[1]} if {of[1]} else nan"]
    lines = []
    group = tuple(of)
    if group not in sums:
        sums[group] = f"s{len(sums)}"
        lines.append(f"{sums[group]} = {' + '.join(of)}")
    listed = ", ".join(of)
    total = sums[group]
    quick = {
        "mean": f"{total} / {len(of)}",
        "max": f"max({listed})",
        "min": f"min({listed})",
        "range": f"max({listed}) - min({listed})",
        "positives": f"float({' + '.join(f'({name} > 0.0)' for name in of)})",
    }[step.operation]
    # the sum is finite only if every value is there
    slow = f"derive({step.operation!r}, ({listed},))"
    lines.append(f"{variable} = {quick} if {total} - {total} == 0.0 else {slow}")
    return lines


def _bin(place: int, feature: Feature, variable: str, names: dict[str, Any]) -> str:
    if feature.cuts is None:
        names[f"l{place}"] = level_places(feature.levels or ()).get
        return (
            f"b{place} = l{place}({variable}, {feature.bins - 1}) if {variable} is not None else 0"
        )
    names[f"c{place}"] = feature.cuts
    return f"b{place} = bisect(c{place}, {variable}) + 1 if {variable} - {variable} == 0.0 else 0"


def as_number(value: object, column: Column) -> float:
    """A number of any type or text; NaN for none.

    Raises:
        DataInvalid: it is something else, or infinite.
    """
    if value is None:
        return math.nan
    if isinstance(value, str):
        value = "nan" if value in NO_NUMBER or value in column.missing else value
    elif not isinstance(value, int | float) or isinstance(value, bool):
        raise DataInvalid(f"{value!r} is not a number", column=column.name)
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise DataInvalid(f"{value!r} is not a number", column=column.name) from None
    if math.isinf(number):
        raise DataInvalid("is infinite", column=column.name)
    return number


def as_text(value: object, name: str) -> str | None:
    """A text, or a whole number as text; None for none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool) or not isinstance(value, int):
        raise DataInvalid(f"{value!r} is not a text", column=name)
    return str(value)
