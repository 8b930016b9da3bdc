"""Machine-readable zones, 居民身份证 and firms' codes: check digits, dates, names."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.identity.kyc.documents import read_document, same_name
from tallystick.identity.kyc.errors import DocumentRefused

TODAY = date(2010, 1, 1)
# the specimens of ICAO 9303, parts 4, 5 and 6
TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
TD1 = (
    "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
)
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"
# the examples of GB 11643-1999
RESIDENT = "11010519491231002X"
RESIDENT_OF_A_COUNTY_THAT_IS_NO_MORE = "440524188001010014"
FIRM = "91110000600037341L"


def refused(kind: str, data: str, today: date = TODAY) -> str:
    with pytest.raises(DocumentRefused) as caught:
        read_document(kind, data, today)  # type: ignore[arg-type]
    return caught.value.reason


@pytest.mark.parametrize(
    ("zone", "number"), [(TD3, "UTOL898902C3"), (TD1, "UTOD23145890"), (TD2, "UTOD23145890")]
)
def test_the_published_specimens(zone: str, number: str) -> None:
    facts = read_document("mrz", zone, TODAY)
    assert facts.names == ("ERIKSSON", "ANNA MARIA")
    assert (facts.birth_date, facts.expires) == (date(1974, 8, 12), date(2012, 4, 15))
    assert facts.number == number


@given(st.integers(0, 43), st.sampled_from("0123456789"))
def test_one_wrong_digit_of_what_is_checked_never_passes(place: int, digit: str) -> None:
    first, second = TD3.split("\n")
    checked = [*range(10), *range(13, 20), *range(21, 44)]
    if place not in checked or second[place] == digit:
        return
    forged = second[:place] + digit + second[place + 1 :]
    try:
        read_document("mrz", f"{first}\n{forged}", TODAY)
    except DocumentRefused:
        return
    # a digit for a filler or letter of the same value: the standard cannot tell
    values = {"<": 0} | {chr(55 + n): n for n in range(10, 36)} | {str(n): n for n in range(10)}
    assert values[second[place]] % 10 == int(digit)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "form"),
        ("P<UTO", "form"),
        (TD3.replace("<", " "), "form"),
        (TD3.lower(), "form"),
        (TD3 + "\n" + TD3, "form"),
        (TD3.replace("ERIKSSON", "ERIKSSÖN"), "form"),
        (TD3[:-2] + "20", "check_digits"),
        (TD3.replace("7408122", "7413122"), "check_digits"),
    ],
)
def test_other_zones(data: str, reason: str) -> None:
    assert refused("mrz", data) == reason


def test_an_expired_document() -> None:
    assert refused("mrz", TD3, date(2012, 4, 15)) == "expiry"
    read_document("mrz", TD3, date(2012, 4, 14))


def test_residents_and_firms_of_china() -> None:
    facts = read_document("cn_id", RESIDENT, TODAY)
    assert (facts.number, facts.birth_date) == (f"CHN{RESIDENT}", date(1949, 12, 31))
    read_document("cn_id", RESIDENT_OF_A_COUNTY_THAT_IS_NO_MORE, TODAY)
    for wrong, reason in (
        ("110105194913310024", "check_digits"),
        (RESIDENT[:-1] + "1", "check_digits"),
        ("110105194912310021", "check_digits"),
        (RESIDENT[:-2], "form"),
        ("1101051949123100 2", "form"),
        ("", "form"),
    ):
        assert refused("cn_id", wrong) == reason
    assert read_document("cn_firm", FIRM, TODAY).number == f"CN{FIRM}"
    assert refused("cn_firm", FIRM[:-1] + "M") == "check_digits"


@given(st.integers(0, 16), st.integers(0, 9))
def test_every_single_error_in_a_resident_number_is_found(place: int, digit: int) -> None:
    if RESIDENT[place] != str(digit):
        refused("cn_id", RESIDENT[:place] + str(digit) + RESIDENT[place + 1 :])


@pytest.mark.parametrize(
    ("zone", "written", "same"),
    [
        (("ERIKSSON", "ANNA MARIA"), "Anna Maria Eriksson", True),
        (("MUELLER", "JORG"), "Jörg Müller", False),  # a reviewer looks
        (("LIN", "DAIYU"), "林黛玉", True),
        (("VERYLONGSURNAME", "ALEXAND"), "Alexander Verylongsurname", True),
        (("ERIKSSON", "ANNA MARIA"), "Maria Eriksson", False),
        (("ERIKSSON", "ANNA"), "", False),
        ((), "Anna", False),
    ],
)
def test_names(zone: tuple[str, ...], written: str, *, same: bool) -> None:
    assert same_name(zone, written) is same


@given(st.text(max_size=100))
def test_any_text_is_read_or_refused(text: str) -> None:
    for kind in ("mrz", "cn_id", "cn_firm"):
        try:
            read_document(kind, text, TODAY)  # type: ignore[arg-type]
        except DocumentRefused:
            continue
