"""A sheet as a printable PDF: A4, Latin and Chinese in one embedded font, made offline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from tallystick.loans.statements.sheet import Cell, Money, Sheet, Word
from tallystick.statements.amounts import grouped
from tallystick.statements.words import Language, word

FONT = Path(__file__).parent / "font" / "statement.otf"
"""Subset of Noto Sans CJK SC, see `font/README.md`."""

_MARGIN_MM = 15
_LINE_MM = 5
_GAP_MM = 3
_TABLE_POINTS = 8
_SHADES = (255, 245)
_HEAD_SHADE = 225
_RULE = 205
_TEXT_COLUMNS = frozenset({"entry", "status"})


def render_pdf(sheet: Sheet, language: Language, created: datetime) -> bytes:
    """The sheet on as many pages as it needs, column heads on each.

    `created` (with a time zone) is the only time in the file, so equal input gives equal bytes.
    """
    pdf = Paper(language, landscape=len(sheet.columns) > 7)
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


class Paper(FPDF):
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
    # FPDF.table breaks lines in every cell, ten times slower; here the columns fit their texts
    head = [word(column, language) for column in sheet.columns]
    lines = [[_text(cell, sheet, language) for cell in row] for row in sheet.rows]
    foot = [_text(cell, sheet, language) for cell in sheet.totals or ()]
    if foot:
        foot[0] = word("total", language)
    widths = _fit(pdf, [head, *lines, foot])
    sides = ["L" if column in _TEXT_COLUMNS else "R" for column in sheet.columns]

    def write(texts: Sequence[str], shade: int) -> None:
        pdf.set_fill_color(shade)
        for text, width, side in zip(texts, widths, sides, strict=True):
            pdf.cell(w=width, h=_LINE_MM, text=text, align=side, fill=True, border="B")
        pdf.ln(_LINE_MM)

    pdf.set_draw_color(_RULE)
    write(head, _HEAD_SHADE)
    for index, line in enumerate(lines):
        if pdf.will_page_break(_LINE_MM):
            pdf.add_page()
            write(head, _HEAD_SHADE)
        write(line, _SHADES[index % 2])
    if foot:
        write(foot, _HEAD_SHADE)


def _fit(pdf: FPDF, lines: Sequence[Sequence[str]]) -> list[float]:
    """Column widths in mm that hold every text; sets the font size that lets them fit the page."""
    pdf.set_font(size=_TABLE_POINTS)
    columns = zip_longest(*lines, fillvalue="")
    widths = [max(map(pdf.get_string_width, set(column))) + _GAP_MM for column in columns]
    spare = pdf.epw - sum(widths)
    if spare < 0:
        pdf.set_font(size=_TABLE_POINTS * pdf.epw / sum(widths))
        return [width * pdf.epw / sum(widths) for width in widths]
    return [width + spare / len(widths) for width in widths]


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
