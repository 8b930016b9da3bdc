"""Sanctions lists: formats, spellings, thresholds."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tests.backend.screening.people import Blinds, application

from tallystick.cli import main
from tallystick.screening import ListInvalid, Screening, Severity
from tallystick.screening.rules import load_rules
from tallystick.screening.sanctions.check import compare_births
from tallystick.screening.sanctions.index import ListIndex
from tallystick.screening.sanctions.likeness import name_likeness
from tallystick.screening.sanctions.lists import (
    Entry,
    SanctionsList,
    keep_list,
    kept_lists,
    read_list,
)
from tallystick.screening.sanctions.names import words_of

PAIRS = Path(__file__).resolve().parents[3] / "data" / "name_pairs.csv"

OFAC = """<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML">
  <publshInformation><Publish_Date>10/28/2026</Publish_Date><Record_Count>2</Record_Count>
  </publshInformation>
  <sdnEntry><uid>36</uid><lastName>GOLDEN HARBOUR SHIPPING</lastName><sdnType>Entity</sdnType>
    <akaList><aka><uid>12</uid><type>a.k.a.</type><category>strong</category>
    <lastName>GHS LINES</lastName></aka></akaList></sdnEntry>
  <sdnEntry><uid>77</uid><firstName>Mikhail Andreevich</firstName><lastName>SOKOLOV</lastName>
    <sdnType>Individual</sdnType>
    <idList><id><uid>3</uid><idType>Digital Currency Address - ETH</idType>
      <idNumber>0x098B716B8Aaf21512996dC57EB0615e2383E2f96</idNumber></id></idList>
    <nationalityList><nationality><uid>1</uid><country>Utopia</country></nationality>
    </nationalityList>
    <dateOfBirthList><dateOfBirthItem><uid>9</uid><dateOfBirth>15 Jul 1962</dateOfBirth>
    </dateOfBirthItem></dateOfBirthList></sdnEntry>
</sdnList>"""
UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:09.554Z"><INDIVIDUALS><INDIVIDUAL>
  <DATAID>690</DATAID><FIRST_NAME>YUSUF</FIRST_NAME><SECOND_NAME>KHALID</SECOND_NAME>
  <THIRD_NAME>MAHMUD</THIRD_NAME><REFERENCE_NUMBER>QDi.900</REFERENCE_NUMBER>
  <NAME_ORIGINAL_SCRIPT>يوسف خالد محمود</NAME_ORIGINAL_SCRIPT>
  <NATIONALITY><VALUE>Utopia</VALUE></NATIONALITY>
  <INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Abu Tariq</ALIAS_NAME></INDIVIDUAL_ALIAS>
  <INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>The Falcon</ALIAS_NAME></INDIVIDUAL_ALIAS>
  <INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
  <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1970</FROM_YEAR>
    <TO_YEAR>1973</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL></INDIVIDUALS>
  <ENTITIES><ENTITY><DATAID>7</DATAID><FIRST_NAME>NORTHERN STAR TRADING</FIRST_NAME>
  <REFERENCE_NUMBER>KPe.900</REFERENCE_NUMBER></ENTITY></ENTITIES></CONSOLIDATED_LIST>"""
EU = """<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-10-01T09:00:00.000+02:00">
  <sanctionEntity euReferenceNumber="EU.1.2" logicalId="13">
    <remark>also 0x00000000000000000000000000000000000000Aa</remark>
    <subjectType code="person" classificationCode="P"/>
    <nameAlias firstName="Wei" lastName="Zhang" wholeName="Wei Zhang" strong="true"/>
    <nameAlias wholeName="张伟" strong="true"/>
    <birthdate circa="false" birthdate="1980-03-04" year="1980"/>
    <citizenship countryIso2Code="CN"/></sanctionEntity></export>"""


def lists_in(folder: Path) -> list[SanctionsList]:
    found = []
    for name, text in (("ofac", OFAC), ("un", UN), ("eu", EU)):
        file = folder / f"{name}.xml"
        file.write_text(text, encoding="utf-8")
        found.append(read_list(file))
    return found


def test_the_three_formats(tmp_path: Path) -> None:
    ofac, un, eu = lists_in(tmp_path)
    assert [one.label for one in (ofac, un, eu)] == [
        "OFAC 2026-10-28",
        "UN 2026-02-27",
        "EU 2026-10-01",
    ]
    assert ofac.entries == (
        Entry("36", "entity", ("GOLDEN HARBOUR SHIPPING", "GHS LINES")),
        Entry(
            "77",
            "individual",
            ("Mikhail Andreevich SOKOLOV",),
            ("1962-07-15",),
            ("Utopia",),
            ("0x098b716b8aaf21512996dc57eb0615e2383e2f96",),
        ),
    )
    assert un.entries[0] == Entry(
        "QDi.900",
        "individual",
        ("YUSUF KHALID MAHMUD", "يوسف خالد محمود", "Abu Tariq"),
        ("1970", "1973"),
        ("Utopia",),
    )
    assert un.entries[1].kind == "entity"
    assert eu.entries[0].births == ("1980-03-04",)
    assert eu.entries[0].wallets == ("0x00000000000000000000000000000000000000aa",)


def test_kept_versions_the_newest_counts(tmp_path: Path) -> None:
    lists = lists_in(tmp_path)
    for one in lists:
        keep_list(one, tmp_path / "kept")
    later = tmp_path / "later.xml"
    later.write_text(OFAC.replace("10/28/2026", "11/02/2026"), encoding="utf-8")
    keep_list(read_list(later), tmp_path / "kept")
    labels = {one.label for one in kept_lists(tmp_path / "kept")}
    assert labels == {"OFAC 2026-11-02", "UN 2026-02-27", "EU 2026-10-01"}
    assert next(one for one in kept_lists(tmp_path / "kept") if one.source == "UN") == lists[1]


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'
LEAK = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("", "is not XML", None),
        ("<sdnList><sdnEntry>", "is not XML", 1),
        ("<html></html>", "not a list of OFAC, UN or EU", 1),
        (f"{BOMB}<sdnList><sdnEntry><uid>&b;</uid></sdnEntry></sdnList>", "document type", None),
        (f"{LEAK}<export><remark>&x;</remark></export>", "document type", None),
        ("<sdnList>\n\n<sdnEntry><uid>1</uid></sdnEntry></sdnList>", "without a name", 3),
        ("<sdnList></sdnList>", "no entries", None),
        ("<sdnList><a>\udcff</a></sdnList>", "is not XML", 1),
    ],
    ids=["empty", "torn", "html", "bomb", "leak", "nameless", "bare", "bytes"],
)
def test_files_that_are_no_lists(tmp_path: Path, text: str, rule: str, line: int | None) -> None:
    file = tmp_path / "list.xml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ListInvalid, match=rule) as caught:
        read_list(file)
    if line is not None:
        assert caught.value.line == line
    assert "root:" not in str(caught.value)


def rates(least: int) -> tuple[float, float]:
    """Shares found among spellings of one name, and among near names of others."""
    found: dict[str, list[bool]] = {"0": [], "1": []}
    with PAIRS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            likeness = name_likeness(words_of(row["one"]), words_of(row["other"]))
            found[row["same"]].append(likeness >= least)
    return tuple(sum(found[same]) / len(found[same]) for same in "10")


def test_thresholds_find_what_the_documentation_says() -> None:
    rules = load_rules().sanctions
    found, false = rates(rules.likeness)
    assert found >= 0.95
    assert false <= 0.13
    assert rates(rules.likeness_other_birth)[1] <= 0.02


@given(
    st.lists(
        st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=9), min_size=1, max_size=4
    ).map(tuple),
    st.lists(
        st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=9), min_size=1, max_size=4
    ).map(tuple),
)
def test_likeness_is_symmetric_bounded_and_full_for_itself(one: tuple, other: tuple) -> None:
    assert name_likeness(one, other) == pytest.approx(name_likeness(other, one))
    assert 0 <= name_likeness(one, other) <= 100
    assert name_likeness(one, one) == 100
    assert name_likeness(one, one[::-1]) >= 95


def test_the_index_finds_what_comparing_with_every_name_finds(tmp_path: Path) -> None:
    with PAIRS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    entries = tuple(Entry(str(n), "individual", (row["one"],)) for n, row in enumerate(rows))
    index = ListIndex([SanctionsList("UN", "2026-01-01", "00", entries)])
    missed = []
    for number, row in enumerate(rows):
        plain = name_likeness(words_of(row["other"]), words_of(row["one"]))
        if row["same"] == "1" and plain >= 90:
            hits = {match.entry.entry for match in index.search(row["other"], 80)}
            if str(number) not in hits:
                missed.append((row["one"], row["other"]))
    assert missed == []


def test_hits_say_who_and_how_sure(tmp_path: Path) -> None:
    screening = Screening(tmp_path / "s.db", Blinds(), lists=lists_in(tmp_path))
    (hit,) = screening.screen(
        application(1, names=("Сергей Иванов", "Mikhail Sokolov"), birth_date="1962-07-15")
    )
    assert (hit.rule, hit.severity) == ("sanctions_name", Severity.REFER)
    assert (hit.facts["entry"], hit.facts["birth"]) == ("77", "birth_same")
    assert "same date of birth" in hit.text()
    assert "出生日期相同" in hit.text("zh")
    other = application(2, names=("Mikhail Sokolow",), birth_date="1991-01-01")
    assert screening.screen(other) == []
    chinese = screening.screen(application(3, names=("張偉",)))
    assert [hit.facts["entry"] for hit in chinese] == ["EU.1.2"]
    assert screening.screen(application(4, names=("陈美玲", "The Falcon", ""))) == []
    address = "0x098B716B8Aaf21512996dC57EB0615e2383E2f96"
    (wallet,) = screening.screen(application(5, wallets=(address,)))
    assert (wallet.rule, wallet.severity) == ("sanctions_wallet", Severity.DECLINE)


def test_births() -> None:
    assert compare_births("1962-07-15", ("1962-07-15",)) == "birth_same"
    assert compare_births("1963-07-15", ("1962",)) == "birth_year"
    assert compare_births("1965-01-01", ("1962-07-15", "1970")) == "birth_other"
    assert compare_births(None, ("1962",)) == "birth_unknown"


def test_by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lists_in(tmp_path)
    monkeypatch.setenv("TALLYSTICK_SCREENING_LISTS", str(tmp_path / "kept"))
    run = CliRunner().invoke
    assert "there is no list" in run(main, ["screen", "name", "x"]).output
    assert '"entries": 2' in run(main, ["screen", "list", str(tmp_path / "ofac.xml")]).output
    assert '"entry": "77"' in run(main, ["screen", "name", "Mikhail Sokoloff"]).output
    bad = tmp_path / "bad.xml"
    bad.write_text("<a>")
    assert run(main, ["screen", "list", str(bad)]).exit_code == 1
