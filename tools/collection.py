"""Writes docs/tallystick.postman_collection.json: requests in a sensible order, made of the
examples of docs/openapi.json. Postman, Insomnia, Bruno, Hoppscotch and newman import it.

Each request checks its status and passes on what later ones need, as collection variables.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[1] / "docs"
SOURCE = DOCS / "openapi.json"
TARGET = DOCS / "tallystick.postman_collection.json"
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
DESCRIPTION = """\
Run the requests from top to bottom, against a service with at least one loan, such as `make run`.
`base_url` says where it is. `wallet` and `other_wallet` are accounts of your own: before a request
that sends `signature`, put there what `wallet` signed, the `message` by personal_sign, or the
`typed_data` of an offer by eth_signTypedData_v4; `other_signature` is the other wallet's.
"""
VARIABLES = {
    "base_url": "http://127.0.0.1:8000",
    "wallet": "",
    "other_wallet": "",
    "signature": "",
    "other_signature": "",
    "record": "contact",
    "number": "1",
}
DAY = "new Date(Date.parse(answer.now) + %d * 864e5).toISOString()"


@dataclass(frozen=True, slots=True)
class Example:
    """A request. `body` overrides members of the schema's example, `keep` names the optional ones
    to send; `take` says by which JavaScript expression over `answer` a variable is filled."""

    operation: str
    body: dict[str, Any] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    take: dict[str, str] = field(default_factory=dict)


def signed(act: str, **about: Any) -> Example:
    """Asks for the message of a sensitive act, which the next request sends signed."""
    body = {"act": act, "signer": "{{wallet}}", **about}
    return Example("create_challenge", body, take=MESSAGE)


MESSAGE = {"message": "answer.message", "escaped": "JSON.stringify(answer.message).slice(1, -1)"}
SIGNATURE = {"message": "{{escaped}}", "signature": "{{signature}}"}
SIGN_IN = [
    Example("create_sign_in_challenge", {"address": "{{wallet}}"}, take=MESSAGE),
    Example(
        "create_session",
        SIGNATURE | {"carrier": "bearer"},
        take={"token": "answer.token", "session_id": "answer.session_id"},
    ),
]
LIFE = ("number_of_repayments", "events", "as_of")
PAID = [{"date": "2026-04-30", "type": "payment", "amount": "106.62"}]
BUDGET = [
    {"month": f"{year}-{month:02}", "income": "900.00", "expense": "500.00"}
    for year, months in ((2026, range(4, 13)), (2027, range(1, 13)), (2028, range(1, 5)))
    for month in months
]
CHAPTERS: dict[str, list[Example]] = {
    "The service": [
        Example("get_health"),
        Example("get_readiness"),
        Example(
            "get_chain",
            take={
                "tomorrow": DAY % 1 + '.slice(0, 19) + "Z"',
                "in_a_month": DAY % 30 + ".slice(0, 10)",
            },
        ),
    ],
    "Loans": [
        Example("list_books"),
        Example(
            "list_loans",
            query={"limit": "1"},
            take={
                "loan_id": "answer.data[0].loan_id",
                "borrower": "answer.data[0].borrower",
                "token_address": "answer.data[0].token.address",
            },
        ),
        *map(
            Example,
            (
                "get_loan",
                "get_loan_schedule",
                "list_loan_payments",
                "list_loan_events",
                "list_loan_amendments",
                "get_loan_due",
                "get_loan_delinquency",
                "get_loan_proof",
                "get_loan_signatures",
                "get_loan_steps",
                "get_loan_statement",
                "get_loan_amortization",
                "get_payment_receipt",
                "get_loan_calendar",
            ),
        ),
        Example("get_portfolio", query={"token": "{{token_address}}"}),
        Example("prepare_loan_transaction", {"kind": "payoff", "sender": "{{borrower}}"}),
        Example("stream_events"),
    ],
    "An offer": [
        Example(
            "create_offer",
            {
                "borrower": "{{wallet}}",
                "lender": "{{other_wallet}}",
                "token": "{{token_address}}",
                "principal": "1200000000",
                "amortization": "level",
                "frequency": "months",
                "count": 12,
                "first_due_date": "{{in_a_month}}",
                "document": {"text": "Ada owes Ben ..."},
            },
            take={
                "offer_id": "answer.offer_id",
                "typed_data": "JSON.stringify(answer.typed_data)",
            },
        ),
        Example("sign_offer", {"signer": "{{wallet}}", "signature": "{{signature}}"}),
        Example("sign_offer", {"signer": "{{other_wallet}}", "signature": "{{other_signature}}"}),
        Example("get_offer"),
        Example("get_offer_transaction"),
        Example("get_offer_revocation", query={"sender": "{{wallet}}"}),
    ],
    "Getting back on one's feet": [
        Example("get_repair_rules"),
        Example("list_lessons", take={"name": "answer.data[0].name"}),
        Example("get_lesson"),
    ],
    "Quotes": [
        Example("quote_schedule", keep=("number_of_repayments",)),
        Example("quote", keep=("number_of_repayments",)),
        Example("quote_payoff", {"events": PAID, "as_of": "2026-05-10"}, LIFE),
        Example(
            "quote_prepayment", {"events": PAID, "as_of": "2026-05-10", "prepay": "500.00"}, LIFE
        ),
        Example(
            "quote_restructuring",
            {
                "events": PAID,
                "as_of": "2026-05-10",
                "proposal": [
                    {"date": "2026-05-10", "type": "re_age", "due_date": "2026-06-10", "count": 12}
                ],
            },
            LIFE,
        ),
        Example("quote_plan", {"budget": {"months": BUDGET}}),
    ],
    "Signing in": [
        *SIGN_IN,
        Example("get_me"),
        Example("list_sessions"),
        Example("revoke_session"),
        *SIGN_IN,
    ],
    "One's own data": [
        Example(
            "list_consent_texts",
            take={"purpose": "answer.data[0].purpose", "version": "answer.data[0].version"},
        ),
        signed("give_consent", purpose="{{purpose}}", version="{{version}}"),
        Example("give_consent", SIGNATURE | {"purpose": "{{purpose}}", "version": "{{version}}"}),
        Example("list_consents"),
        Example("withdraw_consent"),
        Example(
            "put_record",
            {"fields": {"email": "ada@example.org"}},
            headers={"If-Match": '"0"'},
        ),
        Example("get_record"),
        Example("list_record_versions"),
        Example("restrict", {"restricted": True}),
        Example("restrict", {"restricted": False}),
        Example("get_own_identity"),
        Example("open_case", {"level": "basic"}, take={"case_id": "answer.case_id"}),
        Example("withdraw_case"),
        Example("list_own_objections"),
        Example("list_my_offers"),
        Example("get_my_claims_totals"),
        Example("get_my_claims_cash_flow", query={"token": "{{token_address}}"}),
        Example("list_my_claims", query={"token": "{{token_address}}"}),
        Example("list_my_messages"),
        Example("get_notifications"),
        Example("set_notifications"),
        Example("create_calendar_link"),
        Example("delete_calendar_link"),
        Example("get_credit_record"),
        Example("list_own_lessons"),
        signed("export"),
        Example("export_data", SIGNATURE),
        signed("erase"),
        Example("erase_data", SIGNATURE, take={"erasure_id": "answer.erasure_id"}),
        Example("get_erasure"),
    ],
    "A development chain's clock": [Example("set_clock", {"now": "{{tomorrow}}"})],
}


class Describer:
    """Makes requests of operations as the document describes them."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]
        self._operations = {
            operation["operationId"]: (method, path, operation)
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
        }

    def item(self, example: Example) -> dict[str, Any]:
        """One request of a collection."""
        method, path, operation = self._operations[example.operation]
        filled = re.sub(r"{(\w+)}", lambda name: f"{{{{{name[1]}}}}}", path)
        query = [{"key": name, "value": value} for name, value in example.query.items()]
        asked = "&".join(f"{part['key']}={part['value']}" for part in query)
        url = {
            "raw": "{{base_url}}" + filled + (f"?{asked}" if asked else ""),
            "host": ["{{base_url}}"],
            "path": filled.removeprefix("/").split("/"),
        }
        headers = dict(example.headers)
        if "security" in operation:
            headers["Authorization"] = "Bearer {{token}}"
        request: dict[str, Any] = {"method": method.upper(), "url": url}
        if query:
            url["query"] = query
        if "requestBody" in operation:
            headers["Content-Type"] = "application/json"
            request["body"] = {"mode": "raw", "raw": self._body(operation, example)}
        request["header"] = [{"key": name, "value": value} for name, value in headers.items()]
        status = min(int(code) for code in operation["responses"])
        script = [
            f'pm.test("answers {status}", () => pm.response.to.have.status({status}));',
            *(["const answer = pm.response.json();"] if example.take else []),
            *(
                f'pm.collectionVariables.set("{name}", {expression});'
                for name, expression in example.take.items()
            ),
        ]
        event = {"listen": "test", "script": {"type": "text/javascript", "exec": script}}
        return {"name": operation["summary"], "event": [event], "request": request}

    def _body(self, operation: dict[str, Any], example: Example) -> str:
        schema = self._resolved(operation["requestBody"]["content"]["application/json"]["schema"])
        wanted = {*schema.get("required", ()), *example.keep}
        members = {
            name: self._example(member)
            for name, member in schema["properties"].items()
            if name in wanted and name not in example.body
        }
        text = json.dumps(members | example.body, indent=2, ensure_ascii=False)
        return text.replace('"{{version}}"', "{{version}}")  # a number

    def _example(self, schema: dict[str, Any]) -> Any:
        """The first example of a member, or one put together of its own members'."""
        schema = self._resolved(schema)
        if "examples" in schema:
            return schema["examples"][0]
        if "anyOf" in schema:
            return self._example(schema["anyOf"][0])
        if schema.get("type") == "array":
            return [self._example(schema["items"])]
        return {
            name: self._example(member)
            for name, member in schema["properties"].items()
            if name in schema.get("required", ())
        }

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        reference = schema.get("$ref")
        if reference is None:
            return schema
        found: dict[str, Any] = self._schemas[reference.rpartition("/")[2]]
        return found


def collection(document: dict[str, Any]) -> dict[str, Any]:
    """The whole, in the format Postman Collection 2.1."""
    describer = Describer(document)
    return {
        "info": {"name": "Tallystick", "description": DESCRIPTION.strip(), "schema": SCHEMA},
        "item": [
            {"name": title, "item": [describer.item(example) for example in examples]}
            for title, examples in CHAPTERS.items()
        ],
        "variable": [{"key": name, "value": value} for name, value in VARIABLES.items()],
    }


if __name__ == "__main__":
    made = collection(json.loads(SOURCE.read_text()))
    TARGET.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
