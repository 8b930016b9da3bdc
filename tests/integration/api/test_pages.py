"""The pages, read as a browser without scripts would read them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from tests.browser.scenery import offer_terms
from tests.integration.api.server import Stage
from tests.integration.api.story import Story

HOSTILE = '"><img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """What matters of a page: addresses, texts, and anything that a strict policy would refuse."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.language = ""
        self._texts: list[str] = []
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given["lang"] or ""
        for name, value in attrs:
            if name in ("href", "src", "action") and value:
                self.addresses.append(value)
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)

    def handle_data(self, data: str) -> None:
        self._texts.append(data)


@pytest.fixture(autouse=True)
def forget_language(story: Story) -> None:
    story.stage.http.cookies.clear()


def page(stage: Stage, path: str, status: int = 200, **headers: str) -> Page:
    response = stage.http.get(path, headers={"Accept": "text/html"} | headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    return Page(response.text)


def paths(story: Story) -> list[str]:
    loans = [f"/loans/{story.id(name)}" for name in story.loans]
    return [
        "/",
        "/?q=%22%3E&status=overdue",
        "/?status=overdue",
        "/?status=closed",
        "/loans/unknown",
        *loans,
    ]


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_pages_ask_nothing_of_others_and_hold_nothing_inline(story: Story, language: str) -> None:
    for path in paths(story):
        status = 404 if path == "/loans/unknown" else 200
        found = page(story.stage, path, status, Cookie=f"lang={language}")
        assert found.language == language
        assert found.inline == []
        assert not [
            a for a in found.addresses if urlsplit(a).netloc or not a.startswith(("/", "#", "?"))
        ]
        assert not re.search(r"%\(\w+\)", found.text)


def test_no_path_leads_a_link_to_another_host(story: Story) -> None:
    found = page(story.stage, f"{story.stage.http.base_url}/elsewhere.example/", 404)
    assert not [address for address in found.addresses if "elsewhere" in address]


def test_every_address_on_the_pages_answers(story: Story) -> None:
    addresses = {a for path in paths(story)[:4] for a in page(story.stage, path).addresses}
    for address in sorted(addresses):
        assert story.stage.http.get(address).status_code == 200, address


def test_the_list_tells_status_in_words(story: Story) -> None:
    text = page(story.stage, "/").text
    head = story.stage.world.head()
    assert f"As of block {head}" in text
    for part in ("Overdue", "Closed", "Active", "12,000.00 TUSD", "8,500.00 TUSD", "44 days late"):
        assert part in text
    assert "12,000.00" not in page(story.stage, "/?status=closed").text


def test_a_loan_page_tells_terms_rows_and_payments(story: Story) -> None:
    path = f"/v1/loans/{story.id('late')}"
    loan, payments = story.get(path), story.get(f"{path}/payments")["data"]
    html = story.stage.http.get(f"/loans/{story.id('late')}").text
    text = Page(html).text
    assert "It is repaid in 12 installments, one every month (equal principal)" in text
    assert "Installment 4 fell due on May 1, 2026 and is unpaid, 44 days late." in text
    assert loan["borrower"] in html
    for payment in payments:
        assert payment["chain"]["transaction_hash"] in html
    for path in ("/loans/" + story.id("closed"), "/loans/" + story.id("unpaid")):
        assert "<svg" in story.stage.http.get(path).text


def test_an_account_page_tells_both_sides(story: Story) -> None:
    parties = story.stage.world.parties
    text = page(story.stage, f"/accounts/{parties['ada'].address}").text
    assert "What it owes" in text
    assert "This account holds no claim." in text
    assert "12,000.00 TUSD" in text
    assert "8,500.00" not in text  # somebody else's
    lender = page(story.stage, f"/accounts/{parties['ben'].address.lower()}").text
    assert "This account has never borrowed." in lender
    assert "8,500.00 TUSD" in lender
    wrong = parties["ada"].address.swapcase().replace("0X", "0x")
    for address in ("0x12", wrong):
        assert "not complete or not correct" in page(story.stage, f"/accounts/{address}", 422).text


def test_an_offer_page_tells_what_is_signed(story: Story) -> None:
    made = story.stage.post("/v1/offers", offer_terms(story.stage.world)).json()
    found = page(story.stage, f"/offers/{made['offer_id']}")
    for part in (
        "lends",
        "Waiting for signatures",
        "600.00 TUSD",
        "at 9.5",
        "in 6 installments, one every month (level installments)",
        "After 60 days past due the holder may declare default.",
        made["loan_id"],
        made["agreement"]["conditions"]["document_hash"],
        "not yet",
    ):
        assert part in found.text
    assert found.inline == []
    response = story.stage.http.get(f"/offers/{made['offer_id']}")
    assert response.headers["cache-control"] == "no-store"
    assert "There is no offer" in page(story.stage, "/offers/offer_nothing", 404).text


def test_the_language_asked_for_is_remembered(story: Story) -> None:
    http = story.stage.http
    assert Page(http.get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text).language == (
        "zh-Hans"
    )
    assert Page(http.get("/", headers={"Accept-Language": "fr,*;q=0.1,;q=x"}).text).language == "en"
    asked = http.get("/?lang=zh-Hans&status=overdue")
    assert asked.headers["set-cookie"].startswith("lang=zh-Hans;")
    found = Page(asked.text)
    assert "逾期" in found.text
    assert "?status=overdue&lang=en" in found.addresses
    assert Page(http.get("/?lang=xx").text).language == "zh-Hans"
    http.cookies.clear()
    assert Page(http.get("/?lang=xx").text).language == "en"


def test_errors_are_pages_for_people_only(story: Story) -> None:
    text = page(story.stage, "/nowhere", 404).text
    assert "There is nothing at this address." in text
    assert "code not_found" in text
    machine = story.stage.http.get("/nowhere", headers={"Accept": "application/json"})
    assert machine.json()["code"] == "not_found"
    api = story.stage.http.get("/v1/nowhere", headers={"Accept": "text/html"})
    assert api.json()["code"] == "not_found"


def test_a_hostile_token_name_stays_text(stage: Stage) -> None:
    world = stage.world
    agreement = world.originate()
    name = HOSTILE.encode()
    answer = (32).to_bytes(32, "big") + len(name).to_bytes(32, "big") + name.ljust(32, b"\0")
    # the token is replaced by code that answers every call with that text
    code = b"\x60" + bytes([len(answer)]) + bytes.fromhex("600c5f39") + b"\x60"
    code += bytes([len(answer)]) + bytes.fromhex("5ff3") + b"\0" * 2
    code = code[:12].ljust(12, b"\0") + answer
    world.rpc.call("anvil_setCode", world.token, "0x" + code.hex())
    stage.sync()
    loan = "0x" + world.loan_id(agreement).hex()
    assert stage.get(f"/v1/loans/{loan}")["token"]["symbol"] == '"><imgsrc=xonerr'
    for path in ("/", f"/loans/{loan}"):
        html = stage.http.get(path).text
        assert "<img src=x" not in html
        assert "<imgsrc" not in html
        assert "&lt;imgsrc=xonerr" in html


def test_every_operation_can_be_read(story: Story) -> None:
    story.stage.http.get("/docs", follow_redirects=True).raise_for_status()
    document = story.stage.http.get("/openapi.json").json()
    names = [one["operationId"] for item in document["paths"].values() for one in item.values()]
    listed = page(story.stage, "/reference").addresses
    assert {f"/reference/{name}" for name in names} <= set(listed)
    for name in names:
        found = page(story.stage, f"/reference/{name}")
        assert found.inline == []
        assert "Run it" in found.text
    page(story.stage, "/reference/nothing", 404)
    assert "create_webhook" in page(story.stage, "/reference/create_webhook").text
    assert story.id(next(iter(story.loans))) not in page(story.stage, "/reference?q=zzz").text


def test_a_search_of_the_reference_needs_every_word(story: Story) -> None:
    found = page(story.stage, "/reference?q=Webhook+rotate").addresses
    assert [a for a in found if a.startswith("/reference/")] == ["/reference/rotate_webhook_secret"]
    assert HOSTILE not in story.stage.http.get("/reference", params={"q": HOSTILE}).text


def test_the_sandbox_tells_when_loans_fall_due(story: Story) -> None:
    found = page(story.stage, "/sandbox")
    assert found.inline == []
    assert "The chain's time" in found.text
    loan = story.id("late")
    assert f"/loans/{loan}" in page(story.stage, f"/sandbox?loan={loan}").addresses
    page(story.stage, "/sandbox?loan=0x12", 422)
