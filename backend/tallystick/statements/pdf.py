"""A sheet as a printable PDF: A4, Latin and Chinese in one embedded font, made offline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TableCellFillMode, XPos, YPos
from fpdf.fonts import FontFace

from tallystick.loans.statements.sheet import Cell, Money, Sheet, Word
from tallystick.statements.amounts import grouped
from tallystick.statements.words import Language, word

FONT = Path(__file__).parent / "font" / "statement.otf"
"""Subset of Noto Sans CJK SC, see `font/README.md`."""

_MARGIN_MM = 15
_SHADE = 245
_LINE = 205
_HEADING = FontFace(fill_color=225)
_TEXT_COLUMNS = frozenset({"entry", "status"})


def render_pdf(sheet: Sheet, language: Language, created: datetime) -> bytes:
    """The sheet on as many pages as it needs, column heads on each.

    `created` (with a time zone) is the only time in the file, so equal input gives equal bytes.
    """
    pdf = _Document(language, landscape=len(sheet.columns) > 7)
    pdf.set_creation_date(created)
    pdf.set_title(word(sheet.title, language))
    pdf.set_lang("zh-Hans" if language == "zh" else "en")
    pdf.set_creator("Tallystick")
    pdf.add_page()
    pdf.set_font(size=16)
    pdf.cell(text=word(sheet.title, language), h=10, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    _facts(pdf, sheet, language)
    _rows(pdf, sheet, language)
    return bytes(pdf.output())


class _Document(FPDF):
    """Pages with their number at the foot."""

    def __init__(self, language: Language, *, landscape: bool) -> None:
        super().__init__(orientation="landscape" if landscape else "portrait", format="A4")
        self._language = language
        self.set_margin(_MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=_MARGIN_MM + 5)
        self.add_font("statement", fname=FONT)
        self.set_font("statement", size=9)

    def footer(self) -> None:
        self.set_y(-_MARGIN_MM)
        self.set_font(size=8)
        text = word("page", self._language).format(page=self.page_no(), pages="{nb}")
        self.cell(w=0, text=text, align="C")


def _facts(pdf: FPDF, sheet: Sheet, language: Language) -> None:
    pdf.set_font(size=9)
    facts = list(sheet.facts)
    if sheet.currency.symbol:
        facts.append(("currency", sheet.currency.symbol))
    for name, cell in facts:
        pdf.cell(w=45, h=5.5, text=word(name, language))
        pdf.multi_cell(
            w=0, h=5.5, text=_text(cell, sheet, language), new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
    pdf.ln(3)


def _rows(pdf: FPDF, sheet: Sheet, language: Language) -> None:
    pdf.set_font(size=8)
    pdf.set_draw_color(_LINE)
    columns = sheet.columns
    with pdf.table(
        col_widths=tuple(_width(column) for column in columns),
        text_align=tuple("LEFT" if c in _TEXT_COLUMNS else "RIGHT" for c in columns),
        headings_style=_HEADING,
        cell_fill_color=_SHADE,
        cell_fill_mode=TableCellFillMode.EVEN_ROWS,
        borders_layout="HORIZONTAL_LINES",
        line_height=5,
    ) as table:
        table.row([word(column, language) for column in columns])
        for row in sheet.rows:
            table.row(_texts(row, sheet, language))
        if sheet.totals is not None:
            totals = _texts(sheet.totals, sheet, language)
            table.row([word("total", language), *totals[1:]], style=_HEADING)


def _width(column: str) -> int:
    if column in ("n", "item"):
        return 8
    return 20 if column in _TEXT_COLUMNS else 16


def _texts(row: Sequence[Cell], sheet: Sheet, language: Language) -> list[str]:
    return [_text(cell, sheet, language) for cell in row]


def _text(cell: Cell, sheet: Sheet, language: Language) -> str:
    match cell:
        case None:
            return ""
        case Money(units):
            return grouped(units, sheet.currency)
        case Word(key):
            return word(key, language)
        case date():
            return cell.isoformat()
        case _:
            return str(cell)
