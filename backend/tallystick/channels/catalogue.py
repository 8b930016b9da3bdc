"""Which channels there are: a YAML file that their operator writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from tallystick.chain.deployment import checked_address
from tallystick.channels.errors import ChannelsInvalid, ChannelUnknown
from tallystick.intake.values import decimals_of

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_SUBJECT = re.compile(r"subject_[a-z2-7]{26}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MEMBERS = {"kind", "currency", "token", "token_decimals"}
_MOST_DECIMALS = 36


class ChannelKind(StrEnum):
    """Who takes the money in."""

    BANK = "bank"
    COUNTER = "counter"
    EMPLOYER = "employer"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True)
class Channel:
    """One unit of `currency` is paid as one unit of `token` (EIP-55)."""

    name: str
    kind: ChannelKind
    currency: str
    token: str
    token_decimals: int
    integrators: frozenset[str] = frozenset()
    """Subjects whose keys may take in for it: what they tell is paid on chain."""

    @property
    def tag(self) -> bytes:
        """What the chain says of payments through it: the name, filled up to 32 bytes."""
        return self.name.encode().ljust(32, b"\0")

    def units(self, amount: int) -> int:
        """Base units of the token for an amount in the currency's smallest unit."""
        scale: int = 10 ** (self.token_decimals - decimals_of(self.currency))
        return amount * scale


def load_channels(path: Path | None) -> dict[str, Channel]:
    """The channels of a file by name; none without one. Raises `ChannelsInvalid`."""
    if path is None:
        return {}
    try:
        data = yaml.safe_load(path.read_text())
        return {name: _channel(name, given) for name, given in data.items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ChannelsInvalid(f"{path}: {error}") from error


def channel_named(channels: Mapping[str, Channel], name: str) -> Channel:
    """Raises `ChannelUnknown`."""
    try:
        return channels[name]
    except KeyError:
        raise ChannelUnknown(f"there is no channel {name}") from None


def _channel(name: str, given: Mapping[str, Any]) -> Channel:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name}: at most 31 of a-z, 0-9 and -")
    if given.keys() - {"integrators"} != _MEMBERS:
        raise ValueError(f"{name} must have {', '.join(sorted(_MEMBERS))}")
    currency, decimals = given["currency"], given["token_decimals"]
    if not _CURRENCY.fullmatch(currency):
        raise ValueError(f"{name}: currency must be an ISO 4217 code")
    if type(decimals) is not int or not decimals_of(currency) <= decimals <= _MOST_DECIMALS:
        raise ValueError(f"{name}: token_decimals must be at least those of {currency}")
    token = checked_address(given["token"])
    integrators = frozenset(given.get("integrators", ()))
    if not all(_SUBJECT.fullmatch(one) for one in integrators):
        raise ValueError(f"{name}: integrators are subjects")
    return Channel(name, ChannelKind(given["kind"]), currency, token, decimals, integrators)
