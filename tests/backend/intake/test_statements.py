"""Bank statements in every form: the same entries, and a place for whatever is wrong."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tallystick.cli import main
from tallystick.intake.csvfile import Layout
from tallystick.intake.errors import DocumentRefused, LayoutInvalid
from tallystick.intake.features import combined, statement_features
from tallystick.intake.limits import MOST_BYTES, MOST_ENTRIES
from tallystick.intake.quality import quality
from tallystick.intake.read import parse_statement
from tallystick.intake.statement import Entry, Statement
from tallystick.intake.values import amount_of
from tallystick.loans.calendar import day_of

USD = Layout(currency_code="USD")
CSV = """Account,123
Date,Description,Amount,Balance
2026-08-03,COFFEE,-12.50,987.50
2026-08-25,"SALARY, ACME","2,500.00","3,487.50"
2026-08-26,RETURNED PAYMENT,-40.00,3447.50
"""
OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260901
<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0
<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>4<ACCTTYPE>CHECKING
</BANKACCTFROM><BANKTRANLIST><DTSTART>20260801<DTEND>20260831
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260825120000[-5:EST]<TRNAMT>2500.00<FITID>2<NAME>SALARY,
<MEMO>ACME</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260803<TRNAMT>-12.50<FITID>1<NAME>COFFEE</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>3000.00<DTASOF>20260831</LEDGERBAL></STMTRS></STMTTRNRS>
</BANKMSGSRSV1></OFX>"""
CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">1000.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">3447.50</Amt>
<CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Ntry><Amt Ccy="USD">12.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-08-03</Dt></BookgDt><AddtlNtryInf>COFFEE</AddtlNtryInf></Ntry>
<Ntry><Amt Ccy="USD">2500.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><DtTm>2026-08-25T10:00:00</DtTm></BookgDt><NtryDtls><TxDtls><RmtInf>
<Ustrd>SALARY,</Ustrd><Ustrd>ACME</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="USD">40.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-08-26</Dt></BookgDt><NtryDtls><TxDtls><RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf>
</TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="USD">99.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>PDNG</Sts>
<BookgDt><Dt>2026-08-27</Dt></BookgDt></Ntry></Stmt></BkToCstmrStmt></Document>"""
CHINESE = """账号:6222****1234
交易日期,摘要,支出,收入,账户余额,币种
20260826,退汇,40.00,,3447.50,RMB
20260825,工资,,2500.00,3487.50,RMB
20260803,咖啡,12.50,,987.50,RMB
"""


def facts(statement: Statement) -> list[tuple]:
    return [(e.day - DAY, e.amount, e.currency, e.returned) for e in statement.entries]


DAY = day_of(date(2026, 8, 1))
EXPECTED = [(2, -1250, "USD", False), (24, 250_000, "USD", False), (25, -4000, "USD", True)]


def test_the_same_account_in_every_format() -> None:
    table = parse_statement(CSV.encode(), USD)
    camt = parse_statement(CAMT.encode())
    assert facts(table) == facts(camt) == EXPECTED
    assert facts(parse_statement(OFX.encode())) == EXPECTED[:2]
    chinese = parse_statement(CHINESE.encode("gb18030"), Layout(encoding="gb18030"))
    assert [(*row[:2], "USD", row[3]) for row in facts(chinese)] == EXPECTED
    assert {entry.currency for entry in chinese.entries} == {"CNY"}
    assert [e.text for e in table.entries][1] == camt.entries[1].text == "SALARY, ACME"
    assert [e.balance for e in table.entries] == [e.balance for e in chinese.entries]
    for statement in (table, camt, chinese):
        report = quality(statement)
        assert (report.wrong_balances, report.repeats, report.out_of_order) == (0, 0, 0)
        assert (report.longest_gap, report.entries) == (21, 3)
    assert [quality(one).checked_balances for one in (table, camt)] == [2, 1]


@pytest.mark.parametrize(
    ("text", "mark", "decimals", "amount"),
    [
        ("1,234.50", ".", 2, 123_450),
        ("1.234,50-", ",", 2, -123_450),
        ("(12.00)", ".", 2, -1200),
        ("￥ 1 234", ".", 2, 123_400),
        ("\u22127", ".", 0, -7),
        ("0.5000", ".", 2, 50),
        ("+3.", ".", 3, 3000),
    ],
)
def test_amounts_as_banks_write_them(text: str, mark: str, decimals: int, amount: int) -> None:
    assert amount_of(text, mark, decimals, row=1, column="x") == amount


@given(st.integers(-(10**12), 10**12), st.sampled_from([".", ","]))
def test_amounts_survive_any_grouping(amount: int, mark: str) -> None:
    text = f"{abs(amount) / 100:,.2f}" if abs(amount) < 10**14 else str(amount)
    if mark == ",":
        text = text.translate(str.maketrans(",.", ".,"))
    sign = "-" if amount < 0 else ""
    assert amount_of(sign + text, mark, 2, row=1, column="x") == amount


def csv_of(*rows: str, header: str = "Date,Description,Amount,Balance") -> bytes:
    return "\n".join([header, *rows]).encode()


def packed() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("statement.csv", b"0" * 10**7)
    return raw.getvalue()


BOMB = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<Document><Stmt>&c;</Stmt></Document>"""
LEAK = b"""<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>"""


@pytest.mark.parametrize(
    ("raw", "rule", "row", "column"),
    [
        (b"", "no line with columns", None, None),
        (packed(), "ZIP archive", None, None),
        (b"\x1f\x8b123", "gzip", None, None),
        (b"x" * (MOST_BYTES + 1), "larger", None, None),
        (BOMB, "document type", 1, None),
        (LEAK, "document type", 1, None),
        (OFX.replace("<OFX>", "<!DOCTYPE a><OFX>").encode(), "document type", None, None),
        (b"<Document><Stmt>", "not XML", 1, None),
        (b"<html/>", "not camt", 1, None),
        (b"<Document>" + b"<a/>\n" * 200_000, "100000 elements", 100_001, None),
        (b"<Document>" + b"<a>" * 1000, "not XML", 1, None),
        (b"OFXHEADER:100" + b"<A>" * 1_500_001 + b"</OFX>", "1500000 tags", None, None),
        (b"Date,Amount" + b",x" * 500 + b"\n", "more than 200 cells", 1, None),
        (CAMT.replace("12.50", "12.505").encode(), "more than 2 decimals", 7, "Amt"),
        (CAMT.replace("2026-08-03", "2026-02-30").encode(), "not a date", 7, "BookgDt"),
        (CAMT.replace('Ccy="USD">40', 'Ccy="US">40').encode(), "currency code", 12, "Ccy"),
        (OFX.replace("-12.50", "abc").encode(), "not an amount", 2, "TRNAMT"),
        (OFX.replace("20260803", "20261303").encode(), "not a date", 2, "DTPOSTED"),
        (OFX[:700].encode(), "not OFX", None, None),
        (csv_of("2026-08-01,a,1,x"), "'x' is not an amount", 2, "Balance"),
        (csv_of("2026-08-01,a,1,2", "2026-08-32,b,1,2"), "not a date", 3, "Date"),
        (csv_of("2026-08-01,a,1"), "has 3 cells, the header has 4", 2, None),
        (csv_of("2026-08-01,a,,2"), "has no amount", 2, "Amount"),
        (csv_of("2026-08-01,a,1e9,2"), "not an amount", 2, "Amount"),
        (csv_of("2026-08-01,a," + "9" * 30 + ",2"), "too large", 2, "Amount"),
        (csv_of("01/02/2026,a,1.00,2.00"), "cannot be told apart", None, "Date"),
        (csv_of("2026-08-01,a,1.234,2.00"), "more than a thousand or not", 2, "Amount"),
        (csv_of("2026-08-01,caf\u00e9,1,2").replace(b"\xc3", b""), "is not utf-8", 2, "2"),
        (csv_of("2026-08-01,a\0,1,2"), "zero byte", 2, None),
        (csv_of(), "no entries", None, None),
        (csv_of("2026-08-01,a,1", header="Date,Text,Amount,Date"), "twice", 1, "Date"),
        (
            csv_of(*["2026-08-01,a,1,2"] * (MOST_ENTRIES + 50)),
            f"more than {MOST_ENTRIES}",
            MOST_ENTRIES + 42,
            None,
        ),
        (csv_of('2026-08-01,"a' + "b" * 200_000 + '",1,2'), "is not CSV", 2, None),
        (
            csv_of("2026-08-01,3,4", header="Date,Debit,Credit"),
            "an amount in Debit and one in Credit",
            2,
            None,
        ),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value)[:20],
)
def test_refused_with_the_place(raw: bytes, rule: str, row: int | None, column: str | None) -> None:
    with pytest.raises(DocumentRefused, match=rule.replace("(", r"\(")) as caught:
        parse_statement(raw, USD)
    assert (caught.value.row, caught.value.column) == (row, column)


def test_a_currency_must_be_named() -> None:
    with pytest.raises(DocumentRefused, match="currency_code"):
        parse_statement(CSV.encode())


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"<Document>", b"OFXHEADER:100\n", CSV[:60].encode()]),
)
def test_no_bytes_do_more_than_be_refused(tail: bytes, head: bytes) -> None:
    with suppress(DocumentRefused):
        parse_statement(head + tail, USD)


def test_dates_tell_their_order_by_their_own() -> None:
    body = ("03/08/2026,a,1.00,1.00", "05/08/2026,b,1.00,2.00", "02/09/2026,c,1.00,3.00")
    statement = parse_statement(csv_of(*body), USD)
    assert [entry.day - DAY for entry in statement.entries] == [2, 4, 32]
    american = parse_statement(csv_of("08/25/2026,a,1.00,1.00"), USD)
    assert american.entries[0].day == DAY + 24
    told = replace(USD, dates="mdy")
    assert parse_statement(csv_of("01/02/2026,a,1.00,1.00"), told).entries[0].day == day_of(
        date(2026, 1, 2)
    )


def test_what_a_forger_leaves() -> None:
    body = [
        "2026-08-01,START,0.00,100.00",
        "2026-08-02,SALARY,900.00,1000.00",  # was 300.00
        "2026-08-03,RENT,-200.00,200.00",
        "2026-08-03,RENT,-200.00,200.00",
        "2026-08-01,LATE,1.00,201.00",
        "2026-10-01,END,1.00,202.00",
    ]
    report = quality(parse_statement(csv_of(*body), USD))
    assert (report.checked_balances, report.wrong_balances, report.wrong_row) == (5, 2, 4)
    assert (report.repeats, report.repeat_row) == (1, 5)
    assert (report.out_of_order, report.order_row) == (1, 6)
    assert (report.longest_gap, report.gap_row) == (60, 7)
    camt = CAMT.replace(">3447.50<", ">3447.51<")
    assert quality(parse_statement(camt.encode())).wrong_balances == 1


def household(months: int, salary: int, *, jitter: int = 0) -> list[Entry]:
    entries = [Entry(0, DAY, 0, "CNY", "start", 100_000)]
    balance = 100_000
    for month in range(months):
        for offset, amount, text in (
            (3 + month % 2, salary + jitter * (month % 3), f"ACME PAYROLL {month:04}"),
            (10, -salary // 2, "rent"),
            (17, 5_000 if month % 2 else 9_000, f"friend {chr(97 + month)}{chr(98 + month)}"),
            (25, -salary // 4, "card"),
        ):
            day = DAY + 30 * month + offset
            balance += amount
            entries.append(Entry(len(entries), day, amount, "CNY", text, balance))
    return entries


def test_features_of_a_household() -> None:
    entries = household(6, 800_000)
    entries.append(Entry(99, DAY + 179, -7_000, "CNY", "RETURNED DEBIT", -5, returned=True))
    features = statement_features(Statement("00", "csv", tuple(entries), {"CNY": 2}))
    assert features.months == 6
    assert features.regular_income == 800_000
    assert features.income == 807_000
    assert features.expenses == 600_000
    assert features.net == features.income - features.expenses
    assert features.regular_share == pytest.approx(800 / 807)
    assert (features.returned_payments, features.lowest_balance) == (1, -5)
    assert features.overdrawn_share == pytest.approx(1 / 180)
    assert features.volatility == pytest.approx(0, abs=0.01)
    assert features.income_trend == pytest.approx(1, abs=0.02)
    unsteady = statement_features(
        Statement("00", "csv", tuple(household(6, 800_000, jitter=400_000)), {"CNY": 2})
    )
    assert unsteady.regular_income == 0
    assert unsteady.volatility > 0.2
    both = combined([features, unsteady])
    assert both["bank_income"] == features.income + unsteady.income
    assert both["bank_lowest_balance"] == -5
    assert combined([]) == {}


def test_features_of_one_entry() -> None:
    one = Statement("00", "csv", (Entry(1, DAY, -5, "USD"),), {"USD": 2})
    features = statement_features(one)
    assert (features.income, features.regular_share, features.volatility) == (0, None, None)
    assert features.lowest_balance is None
    assert all(name.startswith("bank_") for name in features.features())


@given(st.integers(1, 12), st.integers(1000, 10**9), st.integers(0, 3000))
def test_features_do_not_depend_on_when(months: int, salary: int, shift: int) -> None:
    entries = household(months, salary)
    later = [replace(entry, day=entry.day + shift) for entry in entries]
    one, two = (
        statement_features(Statement("0", "csv", tuple(found), {})) for found in (entries, later)
    )
    assert one == two


def test_layouts() -> None:
    with pytest.raises(LayoutInvalid, match="dates: must be one of"):
        Layout.from_json({"dates": "dd"})
    with pytest.raises(LayoutInvalid, match="colour: is unknown"):
        Layout.from_json({"colour": "x"})
    with pytest.raises(LayoutInvalid, match="encoding"):
        Layout.from_json({"encoding": "klingon"})
    own = Layout.from_json({"date": "When", "amount": "How much", "currency_code": "JPY"})
    raw = b"Who;When;How much\na;2026-08-01;1.234\nb;2026-08-02;-50"
    with pytest.raises(DocumentRefused, match="name the mark"):
        parse_statement(raw, own)
    assert [e.amount for e in parse_statement(raw, replace(own, decimal=",")).entries] == [
        1234,
        -50,
    ]


def test_by_command(tmp_path: Path) -> None:
    file, layout = tmp_path / "a.csv", tmp_path / "layout.yaml"
    file.write_text(CSV)
    layout.write_text("currency_code: USD")
    run = CliRunner().invoke
    result = run(main, ["intake", "statement", str(file), "--layout", str(layout)])
    answer = json.loads(result.output)
    assert answer["quality"]["first_day"] == "2026-08-03"
    assert answer["features"]["bank_returned_payments"] == 1
    file.write_text(CSV.replace("-12.50", "-12.5O"))
    result = run(main, ["intake", "statement", str(file), "--layout", str(layout)])
    assert result.exit_code == 2
    assert "row 3, column Amount: '-12.5O' is not an amount" in result.output
