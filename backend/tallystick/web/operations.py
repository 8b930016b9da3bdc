"""The OpenAPI document as readers need it: one `Operation` for each route, nothing to resolve."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from markupsafe import Markup, escape

from tallystick.api.permissions import Rule, rule_for

JSON = "application/json"
PROBLEM = "application/problem+json"
_METHODS = ("get", "post", "put", "patch", "delete")
_ENDS = ("Roles: ", "Scope of a key: ")
"""Paragraphs of a description that the table of permissions tells better."""
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a member. `name` is the way to it (`data[].loan_id`), `place` where a
    parameter stands, `example` what it may look like, as text."""

    name: str
    type: str
    required: bool
    text: Markup
    example: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """A body. `status` is None for a request's; `example` is JSON, empty for other media."""

    media: tuple[str, ...]
    fields: list[Field]
    example: str
    status: int | None = None

    @property
    def meaning(self) -> str:
        return HTTPStatus(self.status).phrase if self.status else ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem that an operation may answer with."""

    status: int
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A route, with who may call it."""

    name: str
    tag: str
    method: str
    path: str
    summary: str
    text: Markup
    parameters: list[Field]
    body: Content | None
    answers: list[Content]
    faults: list[Fault]
    rule: Rule

    def tells(self, words: list[str]) -> bool:
        """Whether every word stands in its name, path or description."""
        text = f"{self.name} {self.method} {self.path} {self.summary} {self.tag} {self.text}"
        return all(word in text.casefold() for word in words)


def operations_of(document: dict[str, Any]) -> dict[str, Operation]:
    """Every operation by its id, in the document's order."""
    reader = _Reader(document["components"]["schemas"])
    found = (
        reader.operation(path, method, item[method])
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    )
    return {operation.name: operation for operation in found}


def prose(text: str) -> Markup:
    """Paragraphs of a description; what stands in backticks is code."""
    kept = [part for part in text.split("\n\n") if part and not part.startswith(_ENDS)]
    return Markup("").join(Markup("<p>{0}</p>").format(_coded(part)) for part in kept)


def _coded(text: str) -> Markup:
    parts = text.split("`")
    marked = (
        Markup("<code>{0}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )
    return Markup("").join(marked)


class _Reader:
    def __init__(self, schemas: dict[str, Any]) -> None:
        self._schemas = schemas

    def operation(self, path: str, method: str, told: dict[str, Any]) -> Operation:
        answers: list[Content] = []
        faults: list[Fault] = []
        for status, answer in told["responses"].items():
            if status.startswith("2"):
                answers.append(self._content(answer.get("content", {}), int(status)))
            faults += _faults(int(status), answer)
        given = told.get("requestBody", {}).get("content")
        return Operation(
            name=told["operationId"],
            tag=told["tags"][0],
            method=method.upper(),
            path=path,
            summary=told["summary"].replace("`", ""),
            text=prose(told.get("description", "")),
            parameters=[self._parameter(one) for one in told.get("parameters", ())],
            body=None if given is None else self._content(given),
            answers=answers,
            faults=sorted(faults, key=lambda fault: (fault.status, fault.code)),
            rule=rule_for(method.upper(), path),
        )

    def _parameter(self, told: dict[str, Any]) -> Field:
        schema = told["schema"]
        text = told.get("description") or schema.get("description", "")
        example = told.get("example", _given(schema))
        shown = "" if example is None else _plain(example)
        required = told.get("required", False)
        return Field(told["name"], self._type(schema), required, _coded(text), shown, told["in"])

    def _content(self, content: dict[str, Any], status: int | None = None) -> Content:
        schema = content.get(JSON, {}).get("schema")
        if schema is None:
            return Content(tuple(content), [], "", status)
        example = self._example(schema, (), whole=status is not None)
        text = json.dumps(example, indent=2, ensure_ascii=False)
        return Content(tuple(content), list(self._fields(schema, "", ())), text, status)

    def _fields(self, schema: dict[str, Any], way: str, above: tuple[str, ...]) -> Iterator[Field]:
        """The members below `way`, each followed by its own."""
        schema, above = self._resolved(schema, above)
        if "items" in schema:
            yield from self._fields(schema["items"], f"{way}[]", above)
        else:
            for one in _choices(schema):
                yield from self._fields(one, way, above)
        if len(above) > _DEEPEST or len(set(above)) < len(above):
            return
        needed = schema.get("required", ())
        for name, member in schema.get("properties", {}).items():
            place = f"{way}.{name}" if way else name
            example = _given(member)
            shown = "" if example is None or isinstance(example, (dict, list)) else _plain(example)
            text = _coded(member.get("description", ""))
            yield Field(place, self._type(member), name in needed, text, shown)
            yield from self._fields(member, place, above)

    def _resolved(
        self, schema: dict[str, Any], above: tuple[str, ...]
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        if "$ref" not in schema:
            return schema, above
        name = schema["$ref"].rpartition("/")[2]
        return self._schemas[name], (*above, name)

    def _type(self, schema: dict[str, Any]) -> str:
        """Its kind and bounds in a few words."""
        schema, _ = self._resolved(schema, ())
        if _several(schema):
            return " | ".join(dict.fromkeys(map(self._type, _several(schema))))
        if "enum" in schema:
            return " | ".join(map(_plain, schema["enum"]))
        if "const" in schema:
            return _plain(schema["const"])
        if "items" in schema:
            return f"list of {self._type(schema['items'])}{_bounds(schema)}"
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict):
            return f"map to {self._type(extra)}{_bounds(schema)}"
        return f"{schema.get('format') or schema.get('type', 'anything')}{_bounds(schema)}"

    def _example(self, schema: dict[str, Any], above: tuple[str, ...], *, whole: bool) -> Any:
        """What such a body looks like; of a request's only what must be there."""
        given = _given(schema)
        if given is not None:
            return given
        schema, above = self._resolved(schema, above)
        if len(set(above)) < len(above):
            return None
        if _several(schema):
            return self._example(_choices(schema)[0], above, whole=whole)
        if "items" in schema:
            return [self._example(schema["items"], above, whole=whole)]
        if "properties" in schema:
            needed = schema.get("required", ())
            return {
                name: self._example(member, above, whole=whole)
                for name, member in schema["properties"].items()
                if whole or name in needed
            }
        return schema.get("enum", [schema.get("const")])[0]


def _faults(status: int, answer: dict[str, Any]) -> Iterator[Fault]:
    examples = answer.get("content", {}).get(PROBLEM, {}).get("examples", {})
    for code, example in examples.items():
        yield Fault(status, code, example["summary"])


def _given(schema: dict[str, Any]) -> Any:
    """The example that a schema itself gives, else its default."""
    examples = schema.get("examples") or [schema.get("default")]
    return examples[0]


def _several(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """What it may be one of; empty where it is one thing."""
    found: list[dict[str, Any]] = schema.get("anyOf", schema.get("oneOf", []))
    return found


def _choices(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The same without null."""
    return [one for one in _several(schema) if one.get("type") != "null"]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _bounds(schema: dict[str, Any]) -> str:
    least = schema.get("minimum", schema.get("minLength", schema.get("minItems")))
    most = schema.get("maximum", schema.get("maxLength", schema.get("maxItems")))
    told = []
    if least is not None or most is not None:
        told.append(
            f"{'' if least is None else f'{least:g}'}…{'' if most is None else f'{most:g}'}"
        )
    if "pattern" in schema:
        told.append(schema["pattern"])
    return f" ({', '.join(told)})" if told else ""
