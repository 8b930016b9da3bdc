"""Statements as ISO 20022 camt.053 (or camt.052), any version, read element by element.

Parsers that exist build the whole tree and tell no line, so the few elements that are needed are
picked here. Document types are refused, so there are no entities; libxml2's limits stay on.
"""

from __future__ import annotations

import io
from typing import Any, Final

from lxml import etree

from tallystick.intake.errors import DocumentRefused
from tallystick.intake.limits import MOST_ELEMENTS, MOST_ENTRIES
from tallystick.intake.returns import is_return
from tallystick.intake.statement import Entry, Part
from tallystick.intake.values import currency_of, decimals_of, plain_amount, read_dates

_SIGNS: Final = {"CRDT": 1, "DBIT": -1}
_OPENING: Final = ("OPBD", "PRCD")


def read_camt(raw: bytes) -> tuple[list[Entry], dict[str, int], int | None, int | None]:
    """Entries in the file's order, decimals by currency, opening and closing balance.

    Raises `DocumentRefused`; its row is the line.
    """
    options: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False}
    reader = _Reader()
    try:
        steps = etree.iterparse(io.BytesIO(raw), events=("start", "end"), **options)
        for event, element in steps:
            reader.step(event, element)
    except etree.XMLSyntaxError as error:
        raise DocumentRefused(f"is not XML ({error.msg})", row=error.lineno) from None
    if not reader.entries:
        raise DocumentRefused("has no booked entries")
    if reader.statements > 1:
        raise DocumentRefused("has several statements; hand them in one by one")
    return reader.entries, reader.decimals, reader.opening, reader.closing


class _Reader:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.decimals: dict[str, int] = {}
        self.opening: int | None = None
        self.closing: int | None = None
        self.statements = 0
        self._begun = False
        self._elements = 0
        self._before_entry = 0

    def step(self, event: str, element: Any) -> None:
        tag = _tag(element)
        if event == "start":
            if not self._begun:
                self._begun = True
                if element.getroottree().docinfo.doctype:
                    raise DocumentRefused("has a document type; camt has none", row=1)
                if tag != "Document":
                    raise DocumentRefused(f"begins with {tag}: not camt", row=1)
            self.statements += tag in ("Stmt", "Rpt")
            if tag == "Ntry":
                self._before_entry = self._elements
            self._elements += 1
            if self._elements > MOST_ELEMENTS:
                rule = f"has more than {MOST_ELEMENTS} elements beside its entries"
                raise DocumentRefused(rule, row=element.sourceline)
            return
        if tag == "Bal":
            self._balance(element)
        elif tag == "Ntry":
            self._entry(element)
            element.clear()
            self._elements = self._before_entry + 1

    def _balance(self, element: Any) -> None:
        kind = _find(element, "Tp", "CdOrPrtry", "Cd")
        amount, _ = self._amount(element)
        if kind in _OPENING:
            self.opening = amount
        elif kind == "CLBD":
            self.closing = amount

    def _entry(self, element: Any) -> None:
        line = element.sourceline
        if len(self.entries) >= MOST_ENTRIES:
            raise DocumentRefused(f"has more than {MOST_ENTRIES} entries", row=line)
        status = _find(element, "Sts", "Cd") or _find(element, "Sts")
        if status and status.strip() not in ("BOOK", ""):
            return  # announced or pending: it may never happen
        amount, currency = self._amount(element)
        date = _find(element, "BookgDt", "Dt") or _find(element, "BookgDt", "DtTm")
        date = date or _find(element, "ValDt", "Dt")
        if not date:
            raise DocumentRefused("has no date", row=line, column="BookgDt")
        day = read_dates([(line, date[:10])], "BookgDt", "ymd")[0]
        text = _remittance(element)
        returned = (
            _find(element, "RvslInd") == "true"
            or next(element.iter("{*}RtrInf"), None) is not None
            or is_return(text)
        )
        bank_id = _find(element, "AcctSvcrRef") or ""
        parts = self._parts(element, amount, currency)
        self.entries.append(
            Entry(line, day, amount, currency, text, None, returned, bank_id.strip(), parts)
        )

    def _parts(self, element: Any, amount: int, currency: str) -> tuple[Part, ...]:
        """The payments of a collective entry; none unless they are told and add up to it."""
        details = [node for node in element.iter() if _tag(node) == "TxDtls"]
        parts = []
        for node in details:
            told = _child(node, "Amt")
            if told is None or told.text is None or told.get("Ccy", "").strip() != currency:
                return ()
            units = plain_amount(
                told.text, self.decimals[currency], row=node.sourceline, column="Amt"
            )
            parts.append(Part(units if amount > 0 else -units, _remittance(node)))
        return tuple(parts) if sum(part.amount for part in parts) == amount else ()

    def _amount(self, element: Any) -> tuple[int, str]:
        line = element.sourceline
        found = _child(element, "Amt")
        if found is None or found.text is None:
            raise DocumentRefused("has no amount", row=line, column="Amt")
        currency = currency_of(found.get("Ccy", ""), row=line, column="Ccy")
        decimals = self.decimals.setdefault(currency, decimals_of(currency))
        sign = _SIGNS.get((_find(element, "CdtDbtInd") or "").strip())
        if sign is None:
            raise DocumentRefused("must be CRDT or DBIT", row=line, column="CdtDbtInd")
        amount = plain_amount(found.text, decimals, row=line, column="Amt")
        if amount < 0:
            raise DocumentRefused("has a sign; CdtDbtInd is the sign", row=line, column="Amt")
        return sign * amount, currency


def _remittance(element: Any) -> str:
    """What was written to the payee, a creditor reference (ISO 11649) among it."""
    wanted = ("Ustrd", "AddtlNtryInf")
    texts = [
        node.text or ""
        for node in element.iter()
        if isinstance(node.tag, str)
        and (
            _tag(node) in wanted or (_tag(node) == "Ref" and _tag(node.getparent()) == "CdtrRefInf")
        )
    ]
    return " ".join(" ".join(texts).split())


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _child(element: Any, tag: str) -> Any:
    return next((child for child in element if _tag(child) == tag), None)


def _find(element: Any, *path: str) -> str | None:
    for tag in path:
        element = _child(element, tag)
        if element is None:
            return None
    return str(element.text) if element.text else None
