"""The API's description: complete, and unchanged unless somebody meant it."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tallystick.api.app import create_app
from tallystick.api.problems import CODES
from tallystick.config import Settings

ROOT = Path(__file__).parents[3]
SNAPSHOT = ROOT / "docs" / "openapi.json"
COLLECTION = ROOT / "docs" / "tallystick.postman_collection.json"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("openapi")
    record = folder / "deployment.json"
    book = {"address": "0x" + "11" * 20, "block": 1}
    record.write_text(json.dumps({"chain_id": 31337, "book": book}))
    app = create_app(Settings(db=folder / "index.db", deployment=record))
    openapi: dict[str, Any] = json.loads(json.dumps(app.openapi()))
    app.state.server.close()
    return openapi


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_snapshot_is_what_the_server_says(document: dict[str, Any]) -> None:
    written = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if SNAPSHOT.read_text() != written:
        fresh = ROOT / "build" / "openapi.json"
        fresh.parent.mkdir(exist_ok=True)
        fresh.write_text(written)
        pytest.fail("the API changed; if that is meant: cp build/openapi.json docs/openapi.json")


def test_the_collection_of_examples_is_made_of_the_snapshot() -> None:
    collection = runpy.run_path(str(ROOT / "tools" / "collection.py"))["collection"]
    if collection(json.loads(SNAPSHOT.read_text())) != json.loads(COLLECTION.read_text()):
        pytest.fail("the examples changed with the API: make collection")


def test_operations_are_named_and_summed_up(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names)) > 10
    assert all(operation.get("summary") for _, _, operation in operations(document))


def test_schemas_have_names_that_clients_can_bear(document: dict[str, Any]) -> None:
    """Two of one name would be told apart by their modules, or as `-Input` and `-Output`."""
    schemas = document["components"]["schemas"]
    assert [name for name in schemas if not name.isalnum()] == []
    assert [name for name, schema in schemas.items() if schema.get("title", name) != name] == []


def test_every_error_is_a_problem_document_with_known_codes(document: dict[str, Any]) -> None:
    documented: set[str] = set()
    for path, method, operation in operations(document):
        if not path.startswith("/v1"):
            continue
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            content = response["content"]
            assert list(content) == ["application/problem+json"], f"{method} {path} {status}"
            examples = content["application/problem+json"]["examples"]
            assert all(str(CODES[code][0]) == status for code in examples)
            documented |= set(examples)
        assert {"422", "429", "500"} <= set(operation["responses"])
    general = {"forbidden", "not_found", "method_not_allowed", "conflict"}
    assert documented == set(CODES) - general


def test_every_field_has_an_example_or_a_schema_of_its_own(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, definition in schema.get("properties", {}).items():
            own = {"$ref", "allOf"} & set(definition) or "$ref" in definition.get("items", {})
            union = [part for part in definition.get("anyOf", []) if "$ref" in part]
            assert (
                "examples" in definition
                or own
                or union
                or "examples" in str(definition.get("anyOf", ""))
            ), f"{name}.{field}"
    for path, _, operation in operations(document):
        for parameter in operation.get("parameters", []):
            assert "example" in str(parameter), f"{path} {parameter['name']}"
