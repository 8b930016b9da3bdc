"""Requests per second and waiting times of the API over sockets: `make bench-http`.

wrk on the loopback against `tallystick serve`'s own settings of uvicorn, over an index of LOANS
loans, and against a FastAPI route that returns a constant of the same size, in the same run.
`ratio` is ours over that. Three kinds of load: the same URL again and again ("one loan", "list"),
another loan or page at random each time ("any loan", "any page"), so that no answer is given from
those that are kept, and the same at half the rate of saturation, for the waiting time. Texts of all
loans are written before; what that takes is told. At the end, the time of a page at random with
1,000 loans beside that with LOANS, one request after the other, no answers kept. The last line is
one JSON object.

The index is kept in build/bench for the day. Needs wrk, e.g. `apt-get install wrk`.
"""

from __future__ import annotations

import gc
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from bench import copies
from fastapi import FastAPI, Response
from tests.backend.api import crowd
from tests.integration.anvil import Anvil

from tallystick.api.app import create_app
from tallystick.api.state import ServerState
from tallystick.api.texts.store import texts_file
from tallystick.api.texts.writer import Writer, writing_texts
from tallystick.config import Settings
from tallystick.db import open_database

SECONDS = 2
CONNECTIONS = 16
FEW, MADE, ROUNDS = 1_000, 100_000, 3
FOLDER = Path(__file__).parents[1] / "build" / "bench"


def bare(body: bytes) -> FastAPI:
    """The least that FastAPI can do: no threads, no serialisation."""
    app = FastAPI()

    @app.get("/")
    async def answer() -> Response:
        return Response(body, media_type="application/json")

    return app


def serve(app: FastAPI, port: int) -> None:
    uvicorn.run(app, port=port, access_log=False, server_header=False, log_level="warning")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A process that serves; its arguments say what."""

    def __init__(
        self,
        *arguments: str,
        module: str = "bench.sockets_short",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", module, *arguments, str(self.port)]
        self._process = subprocess.Popen(command, env={**os.environ, **(environment or {})})
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Server:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                httpx.get(self.url + "/healthz")
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return self
        raise SystemExit("the server does not answer")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def cpu_seconds(self) -> float:
        """Processor time that it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wrk(
    url: str, script: str = "", *, connections: int = CONNECTIONS, seconds: int = SECONDS
) -> dict[str, float]:
    """Requests per second and milliseconds at 50 % and 99 %. Fails if any answer is no 200."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
        command += ["-s", file.name] if script else []
        printed = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise SystemExit(printed)
    scale = {"us": 0.001, "ms": 1.0, "s": 1_000.0}
    found = {
        at: float(value) * scale[unit]
        for at, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", printed)
    }
    (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", printed)
    return {"per_s": float(rate), "p50_ms": found["50"], "p99_ms": found["99"]}


def prepared(loans: int) -> tuple[Settings, float]:
    """Settings of a server whose index and texts are complete, and the processor seconds that
    writing the texts took, nearly none if they were there. More loans than `MADE` are copies."""
    folder = FOLDER / f"{datetime.now(UTC):%Y%m%d}-{loans}"
    done = folder / "settings.json"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if loans <= MADE:
            settings = crowd.make_index(folder, loans)
        else:
            made, _ = prepared(MADE)
            settings = made.model_copy(update={"db": folder / "index.db"})
            copies.multiply(made.db, settings.db, loans // MADE)
        done.write_text(settings.model_dump_json())
    settings = Settings.model_validate_json(done.read_text())
    begun = time.process_time()
    state = ServerState(settings)
    writer = Writer(state)
    while writer.round():
        pass
    writer.close()
    state.close()
    return settings, time.process_time() - begun


def random_ids(settings: Settings) -> list[str]:
    """Up to 50,000 loans, in an order that hits nothing kept."""
    with open_database(settings.db, readonly=True) as db:
        loans = [loan_id.hex() for (loan_id,) in db.execute("SELECT loan_id FROM loans")]
    return ["0x" + loan for loan in random.Random(1).sample(loans, min(len(loans), 50_000))]


def paths_script(paths: list[str]) -> str:
    """Asks for one path after the other."""
    listed = ",".join(f'"{path}"' for path in paths)
    return (
        f"local paths = {{{listed}}}\nlocal at = 0\n"
        "request = function() at = at % #paths + 1; return wrk.format('GET', paths[at]) end\n"
    )


def slowed(script: str, per_s: float) -> str:
    """The same, so that all connections together ask `per_s` times a second."""
    return script + f"delay = function() return {1_000 * CONNECTIONS / per_s:.0f} end\n"


def loads(settings: Settings, loans: int) -> dict[str, Any]:
    """Rates and waiting times of each kind of load, printed as they come."""
    ids = random_ids(settings)
    one, listing = f"/v1/loans/{ids[7]}", "/v1/loans"
    scripts = {
        "one loan": paths_script([one]),
        "any loan": paths_script([f"/v1/loans/{loan}" for loan in ids]),
        "list": paths_script([listing]),
        "any page": paths_script([f"/v1/loans?starting_after={loan}" for loan in ids]),
    }
    report: dict[str, Any] = {}
    with Server("index", settings.model_dump_json()) as server:
        sizes = {
            name: len(httpx.get(server.url + path).content)
            for name, path in (("loan", one), ("list", listing))
        }
        print(f"{loans:,} loans; an answer of {sizes['loan']:,} and {sizes['list']:,} bytes\n")
        print(f"{'':12}{'per s':>10}{'bare':>10}{'ratio':>8}{'p99 ms':>9}{'p99 at half':>13}")
        for name, script in scripts.items():
            size = sizes["loan" if "loan" in name else "list"]
            with Server("bare", str(size)) as plain:
                before = wrk(plain.url + "/")
                ours = wrk(server.url, script)
                after = wrk(plain.url + "/")
            half = wrk(server.url, slowed(script, ours["per_s"] / 2))
            unit = (before["per_s"] + after["per_s"]) / 2
            report[name] = ours | {
                "bare_per_s": round(unit, 1),
                "ratio": round(ours["per_s"] / unit, 2),
                "p99_at_half_ms": half["p99_ms"],
            }
            print(
                f"{name:12}{ours['per_s']:>10,.0f}{unit:>10,.0f}{report[name]['ratio']:>8.2f}"
                f"{ours['p99_ms']:>9.1f}{half['p99_ms']:>13.1f}",
                flush=True,
            )
    return report


def growth(few: Settings, many: Settings, loans: int) -> dict[str, float]:
    """Milliseconds of a page at random with few loans and with many, in turns."""
    waits: dict[int, list[float]] = {FEW: [], loans: []}
    scripts = {
        number: paths_script([f"/v1/loans?starting_after={loan}" for loan in random_ids(settings)])
        for number, settings in ((FEW, few), (loans, many))
    }
    with (
        Server("fresh", few.model_dump_json()) as small,
        Server("fresh", many.model_dump_json()) as large,
    ):
        for _ in range(ROUNDS):
            for number, server in ((FEW, small), (loans, large)):
                found = wrk(server.url, scripts[number], connections=1, seconds=1)
                waits[number].append(1_000 / found["per_s"])
    at = {number: sorted(found)[ROUNDS // 2] for number, found in waits.items()}
    ratio = at[loans] / at[FEW]
    print(f"\na page: {at[FEW]:.2f} ms with {FEW:,} loans, {at[loans]:.2f} ms with {loans:,}")
    return {"few_ms": round(at[FEW], 3), "many_ms": round(at[loans], 3), "ratio": round(ratio, 2)}


def main() -> None:
    if shutil.which("wrk") is None:
        raise SystemExit("bench-http needs wrk: `apt-get install wrk`")
    loans = int(os.environ.get("LOANS", "100000"))
    few, _ = prepared(FEW)
    settings, seconds = prepared(loans)
    texts = texts_file(settings.db).stat().st_size
    print(f"texts: {seconds:.0f} s of processor time, {texts / loans / 1_000:.1f} kB a loan")
    if "--prepare" in sys.argv:
        return
    report = {"bench": "http", "loans": loans, "texts_s": round(seconds)}
    with Anvil("--chain-id", str(crowd.CHAIN)) as node:  # which is asked for the names of tokens
        few, settings = (one.model_copy(update={"rpc_url": node.url}) for one in (few, settings))
        report |= {"loads": loads(settings, loans), "page": growth(few, settings, loans)}
    print("\n" + json.dumps(report))


if __name__ == "__main__":
    if len(sys.argv) <= 2:
        main()
    elif sys.argv[1] == "bare":
        serve(bare(b"x" * int(sys.argv[2])), int(sys.argv[3]))
    else:
        app = create_app(Settings.model_validate_json(sys.argv[2]))
        gc.freeze()  # as `tallystick serve` does when all is loaded
        if sys.argv[1] == "fresh":
            crowd.keep_no_answers(app)
        with writing_texts(app.state.server):
            serve(app, int(sys.argv[3]))
