"""Milliseconds of an answer of the API with 1,000 and 100,000 loans.

    make bench-api

Requests go straight into the application, without sockets, so that what is measured is ours. The
measure beside it, in the same run, is a route of FastAPI that returns one word: `times` says how
many such routes an answer costs. No answer is kept for the next request here, see
`make bench-http`. Medians of processor time. The last line is one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from tests.backend.api import crowd

from tallystick.api.app import create_app

SIZES = (1_000, 100_000)
ROUNDS = 60

PATHS = {
    "list of 20": "/v1/loans",
    "second page": "/v1/loans?starting_after=0x" + crowd.loan_id(500).hex(),
    "overdue": "/v1/loans?status=overdue",
    "of a lender": f"/v1/loans?lender={crowd.lender(3)}",
    "search: party": f"/v1/loans?q={crowd.lender(3)}",
    "search: loan": "/v1/loans?q=0x" + crowd.loan_id(7).hex()[:10],
    "one loan": "/v1/loans/0x" + crowd.loan_id(7).hex(),
    "amounts due": "/v1/loans/0x" + crowd.loan_id(7).hex() + "/due",
    "page of 25": "/",
    "page of a loan": "/loans/0x" + crowd.loan_id(7).hex(),
}


def bare() -> FastAPI:
    """The least that FastAPI can do."""
    app = FastAPI()

    @app.get("/")
    def answer() -> dict[str, str]:
        return {"status": "ok"}

    return app


async def request(app: Any, path: str) -> None:
    """One GET; raises unless it is answered with 200."""
    where, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": where,
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"bench")],
        "client": ("127.0.0.1", 1),
        "server": ("bench", 80),
    }
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    if statuses != [200]:
        raise SystemExit(f"{path} answers {statuses}")


async def milliseconds(app: Any, path: str) -> float:
    """Median processor time of a request, all threads together."""
    found: list[float] = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        await request(app, path)
        found.append(1_000 * (time.process_time() - begin))
    return statistics.median(found)


def main() -> None:
    unit = asyncio.run(milliseconds(bare(), "/"))
    print(f"a bare FastAPI route: {unit:.2f} ms\n")
    print(f"{'':16}" + "".join(f"{size:>12,} loans   times" for size in SIZES))
    results: dict[str, dict[str, float]] = {name: {} for name in PATHS}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            app = create_app(crowd.make_index(Path(folder), size))
            crowd.keep_no_answers(app)
            for name, path in PATHS.items():
                results[name][str(size)] = round(asyncio.run(milliseconds(app, path)), 3)
            app.state.server.close()
    for name, by_size in results.items():
        print(
            f"{name:16}"
            + "".join(f"{value:>15.2f} ms{value / unit:>8.1f}" for value in by_size.values())
        )
    report = {"bench": "api", "bare_route_ms": round(unit, 3), "ms": results}
    print("\n" + json.dumps(report))


if __name__ == "__main__":
    main()
