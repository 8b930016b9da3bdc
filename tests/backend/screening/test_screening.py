"""Velocity, duplicates, reviews: through the file, as the decision flow uses them."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest
from tests.backend.identity.vault.safe import vault_in
from tests.backend.screening.people import HOUR, NOON, Blinds, application

from tallystick.intake.quality import Quality
from tallystick.screening import HitUnknown, ReviewRefused, RulesInvalid, Screening, Severity
from tallystick.screening.rules import load_rules
from tallystick.screening.texts import NAMES, TEXTS


@pytest.fixture
def screening(tmp_path: Path) -> Screening:
    return Screening(tmp_path / "screening.db", Blinds())


def rules_of(hits: list) -> list[tuple[str, object]]:
    return [(hit.rule, hit.facts.get("of")) for hit in hits]


def test_nothing_is_found_in_unlike_applications(screening: Screening) -> None:
    for number in range(5):
        own = {"phone": f"+8613800138{number:03}"}
        assert screening.screen(application(number, identifiers=own, devices=(f"d{number}",))) == []


def test_a_third_applicant_on_one_device_within_a_day(screening: Screening) -> None:
    at = [NOON, NOON + HOUR, NOON + 2 * HOUR, NOON + 27 * HOUR]
    found = [
        screening.screen(application(number, at=at[number], devices=("phone-1",)))
        for number in range(4)
    ]
    assert [rules_of(hits) for hits in found] == [[], [], [("velocity", "device")], []]
    hit = found[2][0]
    assert hit.severity is Severity.REFER
    assert hit.facts == {
        "of": "device",
        "counted": "subjects",
        "count": 3,
        "hours": 24,
        "most": 2,
    }
    assert hit.text() == ("3 applicants with the same device within 24 hours; at most 2 are usual.")
    assert hit.text("zh") == "24 小时内有 3 个申请人使用同一设备，通常不超过 2 个。"


def test_the_same_document_in_another_form_belongs_to_another_applicant(
    screening: Screening,
) -> None:
    screening.screen(application(1, identifiers={"national_id": "Ab 123456"}))
    hits = screening.screen(application(2, identifiers={"national_id": "\uff21B123456"}))
    assert rules_of(hits) == [("duplicate", "national_id")]
    assert hits[0].severity is Severity.DECLINE
    again = application(3, subject="subject_2", identifiers={"national_id": "AB123456"})
    assert hits[0].facts == screening.screen(again)[0].facts


def test_the_vault_knows_the_owner_of_a_value_that_was_never_in_an_application(
    tmp_path: Path,
) -> None:
    vault = vault_in(tmp_path)
    owner = vault.new_subject({"phone": "+8613800138000"})
    screening = Screening(tmp_path / "screening.db", vault)
    theirs = {"phone": "+86 138 0013 8000"}
    assert screening.screen(application(1, subject=owner, identifiers=theirs)) == []
    assert rules_of(screening.screen(application(2, identifiers=theirs))) == [
        ("duplicate", "phone")
    ]
    assert b"13800138000" not in b"".join(f.read_bytes() for f in tmp_path.glob("screening.db*"))


def test_screening_again_finds_the_same_whatever_came_later(screening: Screening) -> None:
    made = [application(number, devices=("d",), wallets=("0xA",)) for number in range(6)]
    first = [screening.screen(one) for one in made]
    assert first[-1]
    assert [screening.screen(one) for one in made] == first
    assert [len(screening.hits_of(one.application_id)) for one in made] == [
        len(hits) for hits in first
    ]


def test_of_two_at_once_one_sees_the_other(screening: Screening) -> None:
    found: dict[int, list] = {}

    def run(number: int) -> None:
        one = application(number, identifiers={"national_id": "X1"})
        found[number] = screening.screen(one)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(hits) for hits in found.values()) == [0, 1, 1, 1]


def test_confirmed_fraud_follows_the_person_and_what_it_used(screening: Screening) -> None:
    screening.screen(application(1, identifiers={"national_id": "X1"}, devices=("d",)))
    screening.screen(application(2, identifiers={"national_id": "X1"}, devices=("d",)))
    (filed,) = screening.open_hits()
    assert (filed.application, filed.rules) == ("application_2", screening.rules.digest)
    screening.review(filed.hit_id, "reviewer_1", "confirmed", "same passport", at=NOON)
    assert screening.open_hits() == []
    mine = screening.screen(application(3, subject="subject_2"))
    assert [(hit.rule, hit.severity) for hit in mine] == [("known_fraud", Severity.DECLINE)]
    late = screening.screen(application(4, at=NOON + 99 * HOUR, devices=("d",)))
    assert [(hit.rule, hit.severity) for hit in late] == [
        ("known_fraud", Severity.REFER),
        ("ring_fraud", Severity.REFER),
    ]
    assert late[1].text() == (
        "An applicant whose fraud was confirmed is 2 links away: applicant - device - applicant."
    )
    screening.review(filed.hit_id, "reviewer_2", "cleared", "a twin", at=NOON + 1)
    assert screening.screen(application(5, subject="subject_2")) == []
    (again,) = screening.hits_of("application_2")
    assert [review.outcome for review in again.reviews] == ["confirmed", "cleared"]


def test_who_may_review_and_how(screening: Screening) -> None:
    for number in (1, 2):
        screening.screen(application(number, wallets=("0xA",)))
    (filed,) = screening.open_hits()
    with pytest.raises(ReviewRefused, match="of their own"):
        screening.review(filed.hit_id, "subject_2", "cleared", "mine", at=NOON)
    with pytest.raises(ReviewRefused, match="reason"):
        screening.review(filed.hit_id, "reviewer", "cleared", "  ", at=NOON)
    with pytest.raises(HitUnknown):
        screening.review(filed.hit_id + 1, "reviewer", "cleared", "why", at=NOON)
    assert len(screening.open_hits()) == 1
    assert screening.open_hits(after=filed.hit_id) == []


def test_forgotten_and_pruned_traces_are_gone(screening: Screening) -> None:
    for number in (1, 2):
        screening.screen(application(number, wallets=("0xA",)))
    screening.forget("subject_2")
    assert screening.hits_of("application_2") == []
    assert rules_of(screening.screen(application(3, wallets=("0xA",)))) == [("duplicate", "wallet")]
    assert screening.prune(NOON) == 0
    assert screening.prune(NOON + 731 * 24 * HOUR) == 4
    assert screening.screen(application(4, wallets=("0xA",))) == []


def test_evidence_depends_on_what_was_compared_and_by_which_rules(tmp_path: Path) -> None:
    def evidence(name: str, wallet: str, version: int) -> str:
        rules = load_rules().model_copy(update={"version": version})
        screening = Screening(tmp_path / name, Blinds(), rules)
        screening.screen(application(1, wallets=(wallet,)))
        return screening.screen(application(2, wallets=(wallet,)))[0].evidence

    made = [
        evidence("1.db", "0xA", 1),
        evidence("2.db", "0xA", 1),
        evidence("3.db", "0xB", 1),
        evidence("4.db", "0xA", 2),
    ]
    assert made[0] == made[1]
    assert len(set(made)) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 1", "velocity: Field required"),
        ("version: [", "cannot be read"),
        (None, "cannot be read"),
        ("more: 1", "Field required"),
    ],
)
def test_rules_that_cannot_be_used(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "rules.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(RulesInvalid, match=message):
        load_rules(file)


def test_a_wrong_number_in_the_rules_is_named(tmp_path: Path) -> None:
    data = json.loads(load_rules().model_dump_json())
    data["velocity"][1]["hours"] = 0
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps(data))
    with pytest.raises(RulesInvalid, match=r"velocity\.1\.hours"):
        load_rules(file)


@pytest.mark.parametrize("rule", TEXTS)
def test_both_languages_tell_the_same_facts(rule: str) -> None:
    english, chinese = TEXTS[rule]["en"], TEXTS[rule]["zh"]
    fields = [{name for _, name, _, _ in Formatter().parse(t) if name} for t in (english, chinese)]
    assert fields[0] == fields[1]
    assert not any("\u4e00" <= mark <= "\u9fff" for mark in english)
    assert any("\u4e00" <= mark <= "\u9fff" for mark in chinese)
    assert all(set(name) == {"en", "zh"} for name in NAMES.values())


def test_a_hit_is_unlike_another_in_what_it_saw(screening: Screening) -> None:
    one = application(1, wallets=("0xA",), devices=("d",))
    screening.screen(one)
    other = replace(one, application_id="application_2", subject="subject_2")
    hits = screening.screen(other)
    assert rules_of(hits) == [("duplicate", "wallet")]


def test_linked_through_many_things_and_money(screening: Screening) -> None:
    screening.screen(application(1, devices=("a",)))
    screening.screen(application(2, at=NOON + 90 * HOUR, devices=("a",), wallets=("0x2",)))
    screening.screen(application(3, at=NOON + 180 * HOUR, wallets=("0x3",)))
    fourth = application(
        4, at=NOON + 270 * HOUR, wallets=("0x4",), funders={"0x4": ["0x2", "0x3"]}, devices=("b",)
    )
    assert screening.screen(fourth) == []  # four are not more than four
    hits = screening.screen(application(5, at=NOON + 360 * HOUR, devices=("b",)))
    assert rules_of(hits) == [("ring", None)]
    assert hits[0].facts == {"subjects": 5, "most": 4}
    assert screening.screen(fourth) == []
    (group,) = screening.rings()
    assert group["subjects"] == [f"subject_{number}" for number in range(1, 6)]
    assert group["share"] == ["device", "wallet"]


def test_a_public_computer_links_nobody(tmp_path: Path) -> None:
    data = json.loads(load_rules().model_dump_json())
    data["velocity"], data["ring"]["hub"] = [], 8
    (tmp_path / "rules.yaml").write_text(json.dumps(data))
    rules = load_rules(tmp_path / "rules.yaml")
    screening = Screening(tmp_path / "screening.db", Blinds(), rules)
    found = [screening.screen(application(n, devices=("library",))) for n in range(12)]
    assert [bool(hits) for hits in found] == [False] * 4 + [True] * 5 + [False] * 3
    assert screening.rings() == []


def test_statements_that_do_not_add_up(screening: Screening) -> None:
    day = NOON // 86_400
    good = Quality("aa", 10, day - 90, day - 1, ("CNY",), checked_balances=9)
    assert screening.screen(application(1, statements=(good,))) == []
    bad = replace(
        good, wrong_balances=2, wrong_row=7, repeats=1, repeat_row=4, longest_gap=50, gap_row=9
    )
    old = replace(bad, last_day=day - 60, currencies=("CNY", "USD"))
    hits = screening.screen(application(2, statements=(old,)))
    assert [(hit.rule, hit.severity.value) for hit in hits] == [
        ("statement_arithmetic", "refer"),
        ("statement_currencies", "info"),
        ("statement_gap", "info"),
        ("statement_repeats", "info"),
        ("statement_stale", "info"),
    ]
    assert hits[0].text("zh") == (
        "银行流水的算术不符：2 处余额与之前的金额不一致，首次出现在第 7 行。"
    )
    assert [filed.hit.rule for filed in screening.open_hits()] == ["statement_arithmetic"]
