from __future__ import annotations

import csv
import io

import pytest
from icalendar import Calendar
from pypdf import PdfReader
from tests.integration.api.story import Story

NAMES = ("punctual", "late", "closed", "unpaid")
COMPONENTS = ("penalty", "interest", "principal", "total")


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_runs_from_nothing_to_what_is_owed(story: Story, name: str) -> None:
    path = f"/v1/loans/{story.id(name)}"
    statement, due = story.get(f"{path}/statement"), story.get(f"{path}/due")
    assert statement["last_date"] == statement["as_of"]["today"]
    for part in COMPONENTS:
        changes = sum(int(entry["change"][part]) for entry in statement["data"])
        assert int(statement["opening"][part]) + changes == int(statement["closing"][part])
    assert statement["closing"]["penalty"] == due["due"]["penalty"]
    assert statement["closing"]["interest"] == due["due"]["interest"]
    assert statement["closing"]["principal"] == due["outstanding"]


@pytest.mark.parametrize("name", NAMES)
def test_receipts_are_the_payments_row_by_row(story: Story, name: str) -> None:
    path = f"/v1/loans/{story.id(name)}"
    for number, payment in enumerate(story.get(f"{path}/payments")["data"], start=1):
        receipt = story.get(f"{path}/payments/{number}/receipt")
        assert receipt["split"] == payment["split"]
        assert receipt["chain"] == payment["chain"]
        rows = sum(int(row["total"]) for row in receipt["data"])
        assert rows + int(receipt["split"]["penalty"]) == int(receipt["split"]["total"])


def test_the_amortization_table_is_the_agreed_schedule(story: Story) -> None:
    path = f"/v1/loans/{story.id('late')}"
    table, schedule = story.get(f"{path}/amortization"), story.get(f"{path}/schedule")
    assert [(row["principal"], row["status"]) for row in table["data"]] == [
        (row["agreed"]["principal"], row["status"]) for row in schedule["data"]
    ]


@pytest.mark.parametrize("part", ["statement", "amortization", "payments/1/receipt"])
def test_documents_come_as_csv_and_pdf(story: Story, part: str) -> None:
    path = f"/v1/loans/{story.id('late')}/{part}"
    sheet = story.stage.http.get(path, params={"format": "csv"})
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in sheet.headers["content-disposition"]
    head, *rows = csv.reader(io.StringIO(sheet.text, newline=""))
    assert rows
    assert {len(row) for row in rows} == {len(head)}
    for language, word in (("en", "TUSD"), ("zh", "币种")):
        params = {"format": "pdf", "language": language}
        document = story.stage.http.get(path, params=params)
        assert document.headers["content-type"] == "application/pdf"
        text = PdfReader(io.BytesIO(document.content)).pages[0].extract_text()
        assert word in text.replace("\0", "")


def test_a_calendar_asks_for_what_is_unpaid(story: Story) -> None:
    path = f"/v1/loans/{story.id('late')}/calendar.ics"
    feed = story.stage.http.get(path)
    assert feed.headers["content-type"] == "text/calendar; charset=utf-8"
    events = Calendar.from_ical(feed.content).walk("VEVENT")
    schedule = story.get(f"/v1/loans/{story.id('late')}/schedule")["data"]
    open_dates = [row["due_date"] for row in schedule if row["status"] in ("overdue", "upcoming")]
    assert [event["dtstart"].dt.isoformat() for event in events] == open_dates
    again = story.stage.http.get(path, headers={"If-None-Match": feed.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("part", "params", "code", "parameter"),
    [
        ("statement", {"format": "xls"}, "validation_failed", "format"),
        ("statement", {"from": "2026-13-01"}, "validation_failed", "from"),
        ("statement", {"to": "2199-01-01"}, "validation_failed", "to"),
        ("statement", {"to": "2020-01-01"}, "validation_failed", "to"),
        ("amortization", {"language": "fr"}, "validation_failed", "language"),
        ("payments/0/receipt", {}, "validation_failed", "number"),
        ("payments/99/receipt", {}, "payment_not_found", None),
    ],
)
def test_what_cannot_be_answered_says_why(
    story: Story, part: str, params: dict[str, str], code: str, parameter: str | None
) -> None:
    problem = story.stage.http.get(f"/v1/loans/{story.id('late')}/{part}", params=params).json()
    assert problem["code"] == code
    if parameter is not None:
        assert problem["errors"][0]["parameter"] == parameter


def test_an_unknown_loan_has_no_documents(story: Story) -> None:
    for part in ("statement", "amortization", "payments/1/receipt", "calendar.ics"):
        answer = story.stage.http.get(f"/v1/loans/0x{'00' * 32}/{part}")
        assert (answer.status_code, answer.json()["code"]) == (404, "loan_not_found")
