"""Acts that two people must agree on, and who they may be.

A request says of what (`object`) and what exactly (`content`), in ids and words, so that nothing
personal is in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tallystick.identity.authority.errors import MatterInvalid
from tallystick.identity.authority.roles import GRANTED, Role

WORD = re.compile(r"[A-Za-z0-9_.:/-]{1,120}")


class Matter(StrEnum):
    """What is asked for."""

    GRANT_ROLE = "grant_role"
    REVOKE_ROLE = "revoke_role"
    ROTATE_KEYS = "rotate_keys"
    WRITE_OFF = "write_off"
    WAIVER = "waiver"
    IDENTITY_LEVEL = "identity_level"
    APPROVE_APPLICATION = "approve_application"
    HAND_OVER = "hand_over"
    REPAIR_OFFER = "repair_offer"


@dataclass(frozen=True, slots=True)
class Rule:
    """Roles that may ask and roles that may check, the form of the object, members of content.

    `direct`: asked for by `POST /v1/approvals`; the other matters begin where their object is.
    """

    makers: frozenset[Role]
    checkers: frozenset[Role]
    object: re.Pattern[str]
    members: Mapping[str, re.Pattern[str]]
    direct: bool = True


_ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
_RISK = frozenset({Role.RISK_OFFICER})
_SUBJECT = re.compile(r"subject_[a-z2-7]{26}")
_LOAN = re.compile(r"0x[0-9a-f]{64}")
_ROLE = {"role": re.compile("|".join(sorted(GRANTED)))}
_REASON = {"reason": WORD}

RULES: dict[Matter, Rule] = {
    Matter.GRANT_ROLE: Rule(_ADMINISTRATOR, _ADMINISTRATOR, _SUBJECT, _ROLE),
    Matter.REVOKE_ROLE: Rule(_ADMINISTRATOR, _ADMINISTRATOR, _SUBJECT, _ROLE),
    Matter.ROTATE_KEYS: Rule(_ADMINISTRATOR, _ADMINISTRATOR, re.compile("vault"), {}),
    Matter.WRITE_OFF: Rule(frozenset({Role.COLLECTOR, Role.RISK_OFFICER}), _RISK, _LOAN, _REASON),
    Matter.WAIVER: Rule(
        frozenset({Role.COLLECTOR, Role.RISK_OFFICER}),
        _RISK,
        _LOAN,
        _REASON | {"amount": re.compile(r"[1-9][0-9]{0,38}")},
    ),
    Matter.IDENTITY_LEVEL: Rule(
        frozenset({Role.REVIEWER}),
        frozenset({Role.REVIEWER}),
        WORD,
        {"level": WORD},
        direct=False,
    ),
    Matter.APPROVE_APPLICATION: Rule(
        frozenset({Role.REVIEWER, Role.RISK_OFFICER}),
        frozenset({Role.REVIEWER, Role.RISK_OFFICER}),
        WORD,
        {"offer": WORD},
        direct=False,
    ),
    Matter.HAND_OVER: Rule(
        frozenset({Role.COLLECTOR, Role.RISK_OFFICER}),
        _RISK,
        re.compile(r"collection_[a-z2-7]{26}"),
        {"agency": WORD},
        direct=False,
    ),
    Matter.REPAIR_OFFER: Rule(
        frozenset({Role.COLLECTOR, Role.RISK_OFFICER}),
        _RISK,
        WORD,
        {"offer": WORD},
        direct=False,
    ),
}


def check_matter(matter: Matter, object_: str, content: Mapping[str, str]) -> None:
    """Raises `MatterInvalid` unless object and content have the form of the matter."""
    rule = RULES[matter]
    if not rule.object.fullmatch(object_):
        raise MatterInvalid(f"the object of {matter} has another form")
    if content.keys() != rule.members.keys():
        raise MatterInvalid(f"the content of {matter} has: {', '.join(rule.members) or 'nothing'}")
    for member, form in rule.members.items():
        if not form.fullmatch(content[member]):
            raise MatterInvalid(f"{member} has another form")
