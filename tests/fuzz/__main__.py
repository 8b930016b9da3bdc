"""Serves loans from a chain of its own and has Schemathesis ask for everything the API describes.

Once as anybody and once as somebody with every role, with all of its checks, against a service that
lends, keeps identities and attests. The event stream, which never ends, is asked apart (`streams`).
Exit code 0 when nothing was found and there were requests enough. Arguments are the number of cases
of each route in either run, and the seed; ROUTES in the environment is a pattern of the paths to be
asked, all of them without it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.fuzz import streams
from tests.integration.anvil import Anvil
from tests.integration.api.server import listening
from tests.integration.api.story import play
from tests.integration.decisions.stage import ISSUER, Applicant, Stage, lending
from tests.integration.identity.gate import ADA, Person
from tests.integration.repair.fund import make_fund
from tests.integration.world import World

from tallystick.db import write
from tallystick.identity.access.access import identity_file
from tallystick.identity.authority.grants import grant
from tallystick.identity.authority.roles import Role

HERE = Path(__file__).parent
TOOL = HERE.parents[1] / ".tools" / "schemathesis" / "bin" / "schemathesis"
FULL_CASES, ENOUGH = 60, 20_000
"""Cases of each route in a whole run, and the requests it must come to."""


class Counted:
    """The application, with a count of what it was asked."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += scope["type"] == "http"
        await self.app(scope, receive, send)


def token_of(stage: Stage, person: Person) -> str:
    """Signs the person in and gives it every role; the token of the session."""
    someone = Applicant(stage, person)
    with identity_file(stage.settings.identity).open() as db, write(db) as connection:
        for role in Role:
            grant(connection, someone.subject, role, int(time.time()))
    return someone.headers["Authorization"].removeprefix("Bearer ")


def fuzz(url: str, file: str, cases: str, seed: str, *left_out: str, **environment: str) -> int:
    """Exit code of one run, without the operations that are left out."""
    command = [str(TOOL), "--config-file", str(HERE / file), "run", f"{url}/openapi.json"]
    command += ["--max-examples", cases, "--seed", seed]
    for operation in ("stream_events", *left_out):
        command += ["--exclude-operation-id", operation]
    if routes := os.environ.get("ROUTES"):
        command += ["--include-path-regex", routes]
    return subprocess.run(command, env=os.environ | environment, check=False).returncode


def tell(text: str) -> None:
    sys.stdout.write(f"==> {text}\n")
    sys.stdout.flush()


def main() -> int:
    cases, seed = [*sys.argv[1:], "60", "1"][:2]
    with Anvil() as anvil, tempfile.TemporaryDirectory() as folder:
        world = World(anvil, ("ada", "ben", "cem", "dora", "faye"))
        play(world)
        issuer = "0x" + Person(ISSUER).key.hex()
        with (
            lending(world, Path(folder), issuer_key=issuer) as stage,
            listening(counted := Counted(stage.app), lifespan="off") as url,
        ):
            stage.release()
            httpx.get(f"{url}/openapi.json", timeout=60)  # made once, which may take its time
            fund = {"repair_fund": make_fund(world, stage.gate.address)}
            stage.app.state.server.settings = stage.settings.model_copy(update=fund)
            loan = httpx.get(f"{url}/v1/loans").json()["data"][-1]["loan_id"]
            tell("as anybody")
            found = fuzz(url, "anybody.toml", cases, seed)
            tell("as somebody with every role")
            known = {"FUZZ_TOKEN": token_of(stage, ADA), "FUZZ_LOAN": loan}
            # a session ends when it is revoked, or when the clock is set months ahead
            ends = "revoke_session", "set_clock"
            found |= fuzz(url, "signed-in.toml", cases, seed, *ends, **known)
            tell("event streams")
            found |= streams.ask(url, int(cases), int(seed))
            if httpx.get(f"{url}/readyz").status_code != 200:
                tell("the service is not ready any more")
                found |= 1
    tell(f"{counted.requests:,} requests, {'something' if found else 'nothing'} found")
    return found or int(int(cases) >= FULL_CASES and counted.requests < ENOUGH)


if __name__ == "__main__":
    sys.exit(main())
