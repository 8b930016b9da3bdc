"""Quiet hours in every zone, wishes that can be met, and contact rules that are read whole."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.identity.vault import Vault
from tallystick.identity.vault.keys import LocalKeys
from tallystick.messages.errors import PreferenceInvalid, RulesInvalid, StopInvalid
from tallystick.messages.outbox import messages_file
from tallystick.messages.preferences import (
    LEAST_AWAKE,
    Quiet,
    Wishes,
    awake,
    not_before,
    set_wishes,
    stop,
    wishes_of,
)
from tallystick.messages.rules import DEFAULT, load_rules
from tallystick.messages.stops import read_stop, stop_token

LAWFUL = Quiet(time(21), time(8))
zones = st.sampled_from(
    ["UTC", "Asia/Shanghai", "Europe/Paris", "America/St_Johns", "Pacific/Apia", "Africa/Nairobi"]
)
minutes = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
windows = st.lists(st.builds(Quiet, minutes, minutes), max_size=2)


@given(st.integers(1_700_000_000, 1_900_000_000), windows, zones)
def test_the_first_moment_that_is_quiet_for_nobody(at: int, quiet: list[Quiet], name: str) -> None:
    if awake(quiet) < LEAST_AWAKE:
        return
    zone = ZoneInfo(name)

    def is_quiet(moment: int) -> bool:
        local = datetime.fromtimestamp(moment, UTC).astimezone(zone).time()
        return any(window.has(local) for window in quiet)

    found = not_before(at, quiet, zone)
    assert at <= found <= at + 2 * 86_400
    assert not is_quiet(found)
    if found > at:  # nothing earlier would have done; hours are skipped where clocks go forward
        assert is_quiet(at)
        assert all(is_quiet(moment) for moment in range(at, found, 1800))


def test_wishes_that_cannot_be_met_are_refused(tmp_path: Path) -> None:
    Wishes(time_zone="Asia/Shanghai", quiet="22:00-07:30", stopped=("reminder",)).check(LAWFUL)
    for wrong, field in [
        (Wishes(time_zone="Mars/Olympus"), "time_zone"),
        (Wishes(channels=("pigeon",)), "channels"),
        (Wishes(stopped=("duty",)), "stopped"),
        (Wishes(most_per_day=0), "most_per_day"),
        (Wishes(quiet="22-7"), "quiet"),
        (Wishes(quiet="25:00-07:00"), "quiet"),
        (Wishes(quiet="08:30-20:59"), "quiet"),
    ]:
        with pytest.raises(PreferenceInvalid, match=field):
            wrong.check(LAWFUL)
    file = messages_file(tmp_path / "messages.db")
    with file.open() as db:
        assert wishes_of(db, "a") == Wishes()
        set_wishes(db, "a", Wishes(language="zh", channels=("sms",)), 1)
        stop(db, "a", "receipt", 2)
        stop(db, "a", "receipt", 3)
        assert wishes_of(db, "a") == Wishes(language="zh", channels=("sms",), stopped=("receipt",))
    file.close()


def test_rules_are_read_whole(tmp_path: Path) -> None:
    assert load_rules().before == (3,)
    text, path = DEFAULT.read_text(), tmp_path / "rules.yaml"
    for old, new in [
        ("UTC", "Nowhere/At_All"),
        ("[1, 3, 7", "[3, 1, 7"),
        ("[3]", "[0]"),
        ("sms: 2", "fax: 2"),
        ("sms: 2", "sms: -2"),
        ("21:00-08:00", "night"),
        ("quiet_channels: [sms, chat, email]", ""),
    ]:
        assert old in text
        path.write_text(text.replace(old, new))
        with pytest.raises(RulesInvalid):
            load_rules(path)
    with pytest.raises(RulesInvalid):
        load_rules(tmp_path / "none.yaml")


def test_a_stop_link_is_good_for_one_subject_and_group(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault.db", LocalKeys({"k": b"\x01" * 32}), b"\x02" * 32)
    ada, ben = vault.new_subject(), vault.new_subject()
    token = stop_token(vault, ada, "reminder")
    assert read_stop(vault, token) == (ada, "reminder")
    for wrong in (
        token.replace("reminder", "receipt"),
        token.replace(ada, ben),
        token[:-1] + ("0" if token[-1] != "0" else "1"),
        stop_token(vault, ada, "duty"),
        "",
        "x" * 4000,
    ):
        with pytest.raises(StopInvalid):
            read_stop(vault, wrong)
    vault.close()
