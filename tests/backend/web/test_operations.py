"""The reference's reading of the API's description."""

from __future__ import annotations

import json
from pathlib import Path

from tallystick.web.operations import operations_of, prose

DOCUMENT = json.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_text())


def test_every_operation_has_what_a_reader_needs() -> None:
    found = operations_of(DOCUMENT)
    assert len(found) == sum(len(item) for item in DOCUMENT["paths"].values())
    for operation in found.values():
        assert operation.answers
        assert all(field.type for field in operation.parameters)
        in_path = {field.name for field in operation.parameters if field.place == "path"}
        assert in_path == {
            part[1:-1]
            for part in operation.path.replace(".", "/").split("/")
            if part.startswith("{")
        }
        for content in (operation.body, *operation.answers):
            if content is not None and content.example:
                example = json.loads(content.example)
                missing = {
                    field.name
                    for field in content.fields
                    if field.required and "." not in field.name and "[" not in field.name
                }
                either = operation.name == "create_change"  # the members of both kinds are told
                assert either or isinstance(example, list) or missing <= set(example)


def test_members_are_named_by_the_way_to_them() -> None:
    operation = operations_of(DOCUMENT)["create_api_key"]
    assert operation.body is not None
    names = [field.name for field in operation.body.fields]
    assert {"name", "scopes", "confirmation.signature"} <= set(names)
    kinds = {field.name: field.type for field in operation.body.fields}
    assert kinds["scopes"].startswith("list of webhooks:read | webhooks:write | channels:write")
    assert kinds["days"] == "integer (1…365)"
    assert operation.rule.scope is None
    assert [fault.status for fault in operation.faults] == sorted(
        fault.status for fault in operation.faults
    )


def test_a_text_is_never_markup() -> None:
    assert prose("a `<b>` & c\n\nRoles: x.") == "<p>a <code>&lt;b&gt;</code> &amp; c</p>"
