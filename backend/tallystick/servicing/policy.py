"""The servicing policy: one file of data, checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from tallystick.loans.delinquency.policy import Policy as Delinquency
from tallystick.loans.errors import InputInvalid
from tallystick.servicing.errors import PolicyInvalid

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Weekday, ...] = get_args(Weekday)


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("must be a time zone of the IANA database, like Asia/Shanghai")
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Days = Annotated[int, Field(ge=1, le=36_500)]
BookName = Annotated[str, Field(pattern=r"^[0-9]{1,20}:0x[0-9a-fA-F]{40}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Notices(_Part):
    """On which days borrowers are told: days before a due day, on it, and days past due."""

    before_due: tuple[Annotated[int, Field(ge=1, le=60)], ...] = (3,)
    on_due: bool = True
    after_due: tuple[Annotated[int, Field(ge=1, le=3650)], ...] = (1, 7, 15, 30, 60, 90)


class CaseRules(_Part):
    """Which triggers open cases, and when effects are looked at, in days."""

    urgency: Annotated[int, Field(ge=1, le=9)] = 2
    handled_within: Annotated[int, Field(ge=1, le=60)] = 7
    horizon: Annotated[int, Field(ge=2, le=365)] = 30


class ContactRules(_Part):
    """How often, and at which hours, a borrower may be contacted by us."""

    per_day: Annotated[int, Field(ge=0, le=50)] = 1
    per_week: Annotated[int, Field(ge=0, le=50)] = 3
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    pause_on_dispute: bool = True

    def quiet(self, at: time) -> bool:
        """Whether a local time lies in the quiet hours, which may pass midnight."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until


class PromiseRules(_Part):
    """How far ahead a promise to pay may lie, and how late it may be kept, in days."""

    most_days: Annotated[int, Field(ge=1, le=365)] = 30
    grace_days: Annotated[int, Field(ge=0, le=30)] = 1


class Deadlines(_Part):
    """Business days in which somebody answers."""

    dispute: Annotated[int, Field(ge=1, le=365)] = 10
    complaint: Annotated[int, Field(ge=1, le=365)] = 15


class Cure(_Part):
    """What is believed of cures before there is evidence: up to so many days past due, per cent."""

    prior_pct: tuple[tuple[Days, Annotated[int, Field(ge=0, le=100)]], ...] = (
        (30, 60),
        (60, 30),
        (90, 15),
        (180, 6),
        (36_500, 2),
    )
    weight: Annotated[int, Field(ge=1, le=100_000)] = 20


class ServicingPolicy(_Part):
    """Everything that may differ from one lender or country to another."""

    zone: Zone = "UTC"
    books: dict[BookName, Zone] = {}
    weekend: tuple[Weekday, ...] = ("saturday", "sunday")
    holidays: frozenset[date] = frozenset()
    delinquency: dict[str, Any] = {}
    notices: Notices = Notices()
    cases: CaseRules = CaseRules()
    contacts: ContactRules = ContactRules()
    promises: PromiseRules = PromiseRules()
    deadlines: Deadlines = Deadlines()
    agencies: tuple[Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")], ...] = ()
    cure: Cure = Cure()

    @classmethod
    def read(cls, path: Path | None = None) -> Self:
        """The policy in a YAML file, or that of this release. Raises `PolicyInvalid`."""
        source = files("tallystick.servicing").joinpath("policy.yaml") if path is None else path
        try:
            data = yaml.safe_load(source.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise PolicyInvalid(f"{path}: {error}") from error
        return cls.of(data)

    @classmethod
    def of(cls, data: object) -> Self:
        """The policy in parsed YAML. Raises `PolicyInvalid`."""
        try:
            made = cls.model_validate(data)
            made.classes  # noqa: B018 - checked here, so that no close begins with a wrong one
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = "/".join(str(part) for part in first["loc"])
            raise PolicyInvalid(f"/{where} {first['msg']}") from error
        except InputInvalid as error:
            raise PolicyInvalid(f"/delinquency{error.pointer} {error.rule}") from error
        return made

    @cached_property
    def classes(self) -> Delinquency:
        """What days past due mean."""
        return Delinquency.from_json(self.delinquency)

    @cached_property
    def _zones(self) -> Mapping[str, str]:
        return {name.lower(): zone for name, zone in self.books.items()}

    def zone_of(self, chain_id: int, book: str) -> ZoneInfo:
        """The time zone of a book's business dates."""
        return ZoneInfo(self._zones.get(f"{chain_id}:{book}".lower(), self.zone))

    def is_business_day(self, when: date) -> bool:
        """Whether people work on a date."""
        return DAYS[when.weekday()] not in self.weekend and when not in self.holidays
