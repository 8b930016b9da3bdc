"""Requests per second and waiting times of the API over sockets: `make bench-http`.

wrk on the loopback against `tallystick serve`'s own settings of uvicorn, over an index of LOANS
loans, and against a FastAPI route that returns a constant of the same size, in the same run.
`ratio` is ours over that. Three kinds of load: the same URL again and again ("one loan", "list"),
another loan or page each time ("any loan", "any page"), so that hardly an answer is kept, and the
same at half the rate of saturation, for the waiting time. The last line is one JSON object.

Needs wrk, e.g. `apt-get install wrk`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Response
from tests.backend.api import crowd

SECONDS = 6
CONNECTIONS = 16


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
        module: str = "bench.sockets",
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


def wrk(url: str, script: str = "", *, connections: int = CONNECTIONS) -> dict[str, float]:
    """Requests per second and milliseconds at 50 % and 99 %. Fails if any answer is no 200."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency"]
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


def main() -> None:
    if shutil.which("wrk") is None:
        raise SystemExit("bench-http needs wrk: `apt-get install wrk`")
    loans = int(os.environ.get("LOANS", "100000"))
    step = max(1, loans // 50_000)
    ids = ["0x" + crowd.loan_id(number).hex() for number in range(1, loans, step)]
    one, listing = f"/v1/loans/{ids[7]}", "/v1/loans"
    loads = {
        "one loan": paths_script([one]),
        "any loan": paths_script([f"/v1/loans/{loan}" for loan in ids]),
        "list": paths_script([listing]),
        "any page": paths_script([f"/v1/loans?starting_after={loan}" for loan in ids]),
    }
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        settings = crowd.make_index(Path(folder), loans)
        with Server("index", settings.model_dump_json()) as server:
            sizes = {
                name: len(httpx.get(server.url + path).content)
                for name, path in (("loan", one), ("list", listing))
            }
            print(f"{loans:,} loans; an answer of {sizes['loan']:,} and {sizes['list']:,} bytes\n")
            print(f"{'':12}{'per s':>10}{'bare':>10}{'ratio':>8}{'p99 ms':>9}{'p99 at half':>13}")
            for name, script in loads.items():
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
    print("\n" + json.dumps({"bench": "http", "loans": loans, "loads": report}))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    elif sys.argv[1] == "bare":
        serve(bare(b"x" * int(sys.argv[2])), int(sys.argv[3]))
    else:
        from tallystick.api.app import create_app
        from tallystick.config import Settings

        serve(create_app(Settings.model_validate_json(sys.argv[2])), int(sys.argv[3]))
