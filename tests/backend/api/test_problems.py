from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from tallystick.api.problems import CODES, FieldError, Problem, document_responses, problem_for

DOCS = Path(__file__).parents[3] / "docs" / "api.md"


def test_every_code_is_explained_in_the_docs() -> None:
    table = {line for line in DOCS.read_text().splitlines() if line.startswith("| `")}
    assert table == {
        f"| `{code}` | {status} | {title} |" for code, (status, title) in CODES.items()
    }


def test_a_problem_has_the_members_of_the_standard() -> None:
    problem = Problem(
        "loan_not_found", "No.", errors=[FieldError("bad", pointer="#/a")], extra={"more": "1"}
    )
    assert problem.to_json("trace") == {
        "type": "urn:tallystick:problem:loan_not_found",
        "title": "No such loan",
        "status": 404,
        "detail": "No.",
        "code": "loan_not_found",
        "trace_id": "trace",
        "errors": [{"detail": "bad", "pointer": "#/a"}],
        "more": "1",
    }


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "unauthorized"), (403, "forbidden"), (404, "not_found"), (418, "internal_error")],
)
def test_the_frameworks_errors_get_codes(status: int, code: str) -> None:
    problem = problem_for(HTTPException(status, headers={"Allow": "GET"}))
    assert (problem.code, problem.headers) == (code, {"Allow": "GET"})


def test_what_is_unforeseen_tells_nothing() -> None:
    problem = problem_for(ValueError("secret"))
    assert problem.code == "internal_error"
    assert "secret" not in str(problem.to_json("t"))


def test_pointers_are_escaped_and_values_not_repeated() -> None:
    error = {"type": "x", "loc": ("body", "a/b", 0, "c~d"), "msg": "is wrong", "input": "secret"}
    query = {"type": "x", "loc": ("query", "limit"), "msg": "is wrong", "input": "secret"}
    document = problem_for(RequestValidationError([error, query])).to_json("t")
    assert document["errors"] == [
        {"detail": "is wrong", "pointer": "#/a~1b/0/c~0d"},
        {"detail": "is wrong", "parameter": "limit"},
    ]
    assert "secret" not in str(document)


def test_documented_responses_group_codes_by_status() -> None:
    responses = document_responses("loan_not_found", "offer_not_found")
    content = responses[404]["content"]["application/problem+json"]
    assert set(content["examples"]) == {"loan_not_found", "offer_not_found"}
    assert {422, 429, 500} <= set(responses)
