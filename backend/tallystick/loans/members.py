"""Members of what is signed: their types on chain, and their JSON form.

A signed struct is a frozen dataclass whose members stand in EIP-712 order; the annotations below
name the Solidity type. Enumerations are `uint8` on chain and a label in JSON; integers of up to 40
bits are numbers in JSON, longer ones decimal strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_type_hints

from tallystick.loans.errors import TermsInvalid
from tallystick.loans.kinds import Kind

Uint8 = Annotated[int, "uint8"]
Uint16 = Annotated[int, "uint16"]
Uint32 = Annotated[int, "uint32"]
Uint40 = Annotated[int, "uint40"]
Uint64 = Annotated[int, "uint64"]
Uint96 = Annotated[int, "uint96"]
Uint256 = Annotated[int, "uint256"]
Address = Annotated[str, "address"]
Bytes32 = Annotated[bytes, "bytes32"]

NO_ADDRESS = "0x" + "00" * 20
NO_HASH = bytes(32)

Struct = TypeVar("Struct")

_NUMBER_BITS = 40
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,77}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")


class Member(NamedTuple):
    """`kind` is the Solidity type, or the name of a nested struct; `type` the Python type."""

    name: str
    kind: str
    type: Any


def members(struct: Any) -> tuple[Member, ...]:
    """The signed members of a struct, in order; members without a type on chain are left out."""
    found: tuple[Member, ...] = _members(struct)
    return found


@cache
def _members(struct: Any) -> tuple[Member, ...]:
    hints = get_type_hints(struct, include_extras=True)
    found = []
    for field in fields(struct):
        hint = hints[field.name]
        if arguments := get_args(hint):
            if isinstance(arguments[1], str):
                found.append(Member(field.name, arguments[1], arguments[0]))
        elif is_dataclass(hint):
            found.append(Member(field.name, str(field.type), hint))
        elif hint is bool:
            found.append(Member(field.name, "bool", hint))
        elif issubclass(hint, Kind):
            found.append(Member(field.name, "uint8", hint))
    return tuple(found)


def to_json(struct: object) -> dict[str, Any]:
    """The JSON form of a struct and of those in it."""
    kind: Any = type(struct)
    return {name: form(getattr(struct, name)) for name, form in _forms(kind)}


def from_json(struct: type[Struct], data: object, error: type[TermsInvalid]) -> Struct:
    """The inverse of `to_json`, if no struct is nested; raises `error` for a wrong form."""
    names = [member.name for member in members(struct)]
    given = object_of(data, names, error)
    return struct(
        **{member.name: member_from_json(member, given, error) for member in members(struct)}
    )


def object_of(data: object, names: list[str], error: type[TermsInvalid]) -> Mapping[str, Any]:
    """`data` as an object that has no members but `names`."""
    if not isinstance(data, Mapping):
        raise error("", "must be an object")
    unknown = data.keys() - set(names)
    if unknown:
        raise error(min(unknown), "is not a member")
    return data


def member_from_json(member: Member, data: Mapping[str, Any], error: type[TermsInvalid]) -> Any:
    """The value of one member; raises `error` for a wrong form, not for a broken bound."""
    name = member.name
    if name not in data:
        raise error(name, "is missing")
    value = data[name]
    if issubclass(member.type, bool):
        if not isinstance(value, bool):
            raise error(name, "must be true or false")
        return value
    if issubclass(member.type, Kind):
        return _kind(member, value, error)
    if member.type is int and not _is_text(member):
        if not isinstance(value, int) or isinstance(value, bool):
            raise error(name, "must be an integer")
        return value
    form, rule = _form(member)
    if not (isinstance(value, str) and form.fullmatch(value)):
        raise error(name, rule)
    if member.type is bytes:
        return bytes.fromhex(value[2:])
    return int(value) if member.type is int else value


def check_words(struct: object, error: type[TermsInvalid]) -> None:
    """Raise `error` for the first member whose value its type on chain cannot hold."""
    for member in members(type(struct)):
        value = getattr(struct, member.name)
        if member.type is int:
            bits = int(member.kind.removeprefix("uint"))
            if not 0 <= value < 2**bits:
                raise error(member.name, f"must fit {bits} unsigned bits")
        elif member.type is bytes and len(value) != 32:
            raise error(member.name, "must have 32 bytes")
        elif member.type is str and not _ADDRESS.fullmatch(value):
            raise error(member.name, _form(member)[1])


def is_decimal(value: object) -> bool:
    """Whether `value` is an amount in JSON: a decimal string without sign or leading zeros."""
    return isinstance(value, str) and _DECIMAL.fullmatch(value) is not None


@cache
def _forms(struct: Any) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """How each member is told in JSON; looked up once, as agreements are told by the thousand."""
    return tuple((member.name, _form_in_json(member)) for member in members(struct))


def _form_in_json(member: Member) -> Callable[[Any], Any]:
    if is_dataclass(member.type):
        return to_json
    if member.type is bytes:
        return lambda value: "0x" + value.hex()
    if issubclass(member.type, Kind):
        return lambda value: str(value.label)
    return str if member.type is int and _is_text(member) else lambda value: value


def _is_text(member: Member) -> bool:
    return int(member.kind.removeprefix("uint")) > _NUMBER_BITS


def _form(member: Member) -> tuple[re.Pattern[str], str]:
    if member.type is int:
        return _DECIMAL, "must be a decimal string without sign or leading zeros"
    if member.type is bytes:
        return _HASH, "must be 0x and 64 hexadecimal digits"
    return _ADDRESS, "must be 0x and 40 hexadecimal digits"


def _kind(member: Member, value: object, error: type[TermsInvalid]) -> Kind:
    kinds: list[Kind] = list(member.type)
    for kind in kinds:
        if kind.label == value:
            return kind
    raise error(member.name, "must be one of " + ", ".join(kind.label for kind in kinds))
