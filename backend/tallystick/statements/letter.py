"""A letter as PDF and as a page: facts, sentences, sections with lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from fpdf.enums import XPos, YPos

from tallystick.statements.pdf import Paper
from tallystick.statements.words import Language

_LINE_MM = 5.5


@dataclass(frozen=True, slots=True)
class Letter:
    """What it says, in one language. `sections` are headings with their sentences."""

    title: str
    facts: Sequence[tuple[str, str]]
    opening: Sequence[str]
    sections: Sequence[tuple[str, Sequence[str]]]


def letter_pdf(letter: Letter, language: Language, created: datetime) -> bytes:
    """A4; `created` (with a time zone) is the only time in the file, so equal input gives equal
    bytes."""
    pdf = Paper(language, landscape=False)
    pdf.set_creation_date(created)
    pdf.set_title(letter.title)
    pdf.set_lang("zh-Hans" if language == "zh" else "en")
    pdf.set_creator("Tallystick")
    pdf.add_page()
    _write(pdf, letter.title, size=16)
    for name, value in letter.facts:
        pdf.set_font(size=9)
        pdf.cell(w=35, h=_LINE_MM, text=name)
        _write(pdf, value)
    for sentence in letter.opening:
        pdf.ln(2)
        _write(pdf, sentence, size=11)
    for heading, sentences in letter.sections:
        pdf.ln(3)
        _write(pdf, heading, size=12)
        for sentence in sentences:
            _write(pdf, f"- {sentence}")
    return bytes(pdf.output())


def _write(pdf: Paper, text: str, size: int = 9) -> None:
    pdf.set_font(size=size)
    pdf.multi_cell(w=0, h=size * 0.6, text=text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def letter_page(letter: Letter, language: Language) -> str:
    """A whole HTML document without script, style or outside request."""
    tag = "zh-Hans" if language == "zh" else "en"
    facts = "".join(
        f"<tr><th scope=row>{escape(name)}<td>{escape(value)}" for name, value in letter.facts
    )
    opening = "".join(f"<p>{escape(sentence)}" for sentence in letter.opening)
    sections = "".join(
        f"<h2>{escape(heading)}</h2><ul>"
        + "".join(f"<li>{escape(sentence)}" for sentence in sentences)
        + "</ul>"
        for heading, sentences in letter.sections
    )
    title = escape(letter.title)
    return (
        f'<!doctype html><html lang="{tag}"><meta charset=utf-8>'
        '<meta name=viewport content="width=device-width">'
        f"<title>{title}</title><main><h1>{title}</h1><table>{facts}</table>{opening}{sections}"
        "</main></html>"
    )
