"""Scoring a table of any size: read, scored and written piece by piece."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tallystick.scoring.batch import BatchScorer
from tallystick.scoring.card import Card
from tallystick.scoring.errors import DataInvalid
from tallystick.scoring.reasons import Language
from tallystick.scoring.table import check_header, open_table


@contextmanager
def _no_cycles() -> Iterator[None]:
    """A table's cells make no cycles, and looking for some takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def apply_card(
    card: Card, data: Path, out: Path, *, language: Language, say: Callable[[str], None]
) -> int:
    """Write `pd`, `score`, `reasons` for every row of `data`, in its order; the number of rows.

    The file appears only when every row was scored.

    Raises:
        DataInvalid: the table, or where the scores should go.
    """
    scorer = BatchScorer(card, language)
    schema = card.schema
    known = {column.name for column in schema.columns} | {schema.target, *schema.exclude}
    rows = 0
    try:
        target = tempfile.NamedTemporaryFile(  # noqa: SIM115 - outlives the block by its name
            "w", newline="", encoding="utf-8", dir=out.parent, prefix=f".{out.name}-", delete=False
        )
    except OSError as error:
        raise DataInvalid(f"{out} cannot be written: {error.strerror}") from error
    scratch = Path(target.name)
    try:
        with target, open_table(data) as table, _no_cycles():
            required = (column.name for column in card.columns())
            check_header(table.header, required, known, what=str(data))
            target.write("pd,score,reasons\n")
            for piece in table.pieces:
                scores = scorer.score(piece)
                target.writelines(
                    f'{pd!r},{points},"{reasons}"\n'
                    for pd, points, reasons in zip(
                        scores.pd.tolist(),
                        scores.score.tolist(),
                        (text.replace('"', '""') for text in scores.reasons),
                        strict=True,
                    )
                )
                rows += len(piece)
                say(f"{rows:,} rows scored")
        if out.is_dir():
            raise DataInvalid(f"{out} is a folder")
        scratch.chmod(0o644)
        scratch.replace(out)
    finally:
        scratch.unlink(missing_ok=True)
    return rows
