"""How somebody wishes to be told: language, hours, channels, how much, and what not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from tallystick.db import Database, write
from tallystick.messages.errors import PreferenceInvalid
from tallystick.messages.kinds import DUTY, GROUPS
from tallystick.statements.words import Language

CHANNELS = ("email", "sms", "chat", "webhook")
"""What may be wished for; the inbox has everything."""
LEAST_AWAKE = 120
"""Minutes a day that wished and lawful quiet hours together must leave."""
MOST_PER_DAY = 50
_DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day in which nobody is told anything; past midnight if `begin` is later."""

    begin: time
    end: time

    def has(self, at: time) -> bool:
        """Whether a time of day is quiet. The end is not."""
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


@dataclass(frozen=True, slots=True)
class Wishes:
    """Of one subject. `time_zone` is IANA's name, None the rules' own; `quiet` is `HH:MM-HH:MM`;
    `most_per_day` counts all channels; `stopped` are groups of kinds."""

    language: Language = "en"
    time_zone: str | None = None
    quiet: str | None = None
    channels: tuple[str, ...] = ("email",)
    most_per_day: int = 5
    stopped: tuple[str, ...] = ()

    @property
    def quiet_hours(self) -> Quiet | None:
        """`quiet`, read. Raises `PreferenceInvalid`."""
        return None if self.quiet is None else read_quiet(self.quiet)

    def check(self, lawful: Quiet | None) -> None:
        """Raises `PreferenceInvalid` for what cannot be met."""
        if self.time_zone is not None and self.time_zone not in available_timezones():
            raise PreferenceInvalid("time_zone", "must be a name of the IANA database")
        for name, allowed in (("channels", CHANNELS), ("stopped", set(GROUPS) - {DUTY})):
            wrong = set(getattr(self, name)) - set(allowed)
            if wrong:
                raise PreferenceInvalid(name, f"can only be of {', '.join(sorted(allowed))}")
        if not 1 <= self.most_per_day <= MOST_PER_DAY:
            raise PreferenceInvalid("most_per_day", f"must be from 1 to {MOST_PER_DAY}")
        if awake([lawful, self.quiet_hours]) < LEAST_AWAKE:
            raise PreferenceInvalid("quiet", "leaves less than two hours a day")


def read_quiet(text: str) -> Quiet:
    """Hours from ``22:00-07:30``. Raises `PreferenceInvalid`."""
    try:
        begin, end = (datetime.strptime(part, "%H:%M").time() for part in text.split("-"))  # noqa: DTZ007
    except ValueError:
        raise PreferenceInvalid("quiet", "must be as in 22:00-07:30") from None
    return Quiet(begin, end)


def awake(windows: Iterable[Quiet | None]) -> int:
    """Minutes of a day in which no window is quiet."""
    quiet = [window for window in windows if window is not None]
    minutes = (time(minute // 60, minute % 60) for minute in range(_DAY_MINUTES))
    return sum(not any(window.has(minute) for window in quiet) for minute in minutes)


def not_before(at: int, windows: Iterable[Quiet | None], zone: tzinfo) -> int:
    """The first Unix second from `at` on that is quiet for none of the windows."""
    quiet = [window for window in windows if window is not None]
    moment = datetime.fromtimestamp(at, UTC)
    for _ in range(4 * len(quiet) + 4):  # each step ends a window; clocks are changed once a day
        local = moment.astimezone(zone)
        window = next((one for one in quiet if one.has(local.time())), None)
        if window is None:
            break
        end = datetime.combine(local.date(), window.end, zone)
        if window.end <= local.time():
            end = datetime.combine(local.date() + timedelta(days=1), window.end, zone)
        moment = max(end.astimezone(UTC), moment + timedelta(minutes=1))
    return max(at, int(moment.timestamp()))


@cache
def zone_named(name: str) -> ZoneInfo:
    """A zone of the IANA database."""
    return ZoneInfo(name)


def wishes_of(db: Database, subject: str) -> Wishes:
    """What the subject wished, or what everybody gets."""
    row = db.execute("SELECT wishes FROM preferences WHERE subject = ?", (subject,)).fetchone()
    if row is None:
        return Wishes()
    data = json.loads(row[0])
    return Wishes(**data | {name: tuple(data[name]) for name in ("channels", "stopped")})


def set_wishes(db: Database, subject: str, wishes: Wishes, now: int) -> None:
    """In place of what was wished before; `check` first."""
    with write(db) as conn:
        conn.execute(
            "INSERT INTO preferences (subject, wishes, changed_at) VALUES (?, ?, ?)"
            " ON CONFLICT (subject) DO UPDATE SET wishes = excluded.wishes, changed_at = ?",
            (subject, json.dumps(asdict(wishes)), now, now),
        )


def stop(db: Database, subject: str, group: str, now: int) -> None:
    """The subject wishes no more of a group; the rest stays. What waits is dropped on its turn."""
    found = wishes_of(db, subject)
    if group not in found.stopped:
        stopped = (*found.stopped, group)
        fields = asdict(found) | {"stopped": stopped, "channels": found.channels}
        set_wishes(db, subject, Wishes(**fields), now)
