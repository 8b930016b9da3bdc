"""The generated clients against a real server: both tell the same of its loans."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.integration.api.story import Story

ROOT = Path(__file__).parents[3]
USES = Path(__file__).parent / "clients"
CLIENTS = ROOT / "build" / "clients"
OPTIONS = (
    *("--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"),
    *("--noEmitOnError", "--skipLibCheck"),
)


def run(*command: str | Path, folder: Path = ROOT, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clients() -> Path:
    run("tools/clients.sh")
    return CLIENTS


@pytest.fixture
def expected(story: Story) -> dict[str, Any]:
    """What plain HTTP tells of the same questions."""
    ids = [loan["loan_id"] for loan in story.get("/v1/loans")["data"]]
    newest = story.get(f"/v1/loans/{ids[0]}")
    terms = {
        "principal": "1200.00",
        "annual_rate_pct": "12",
        "number_of_repayments": 12,
        "disbursement_date": "2026-01-31",
    }
    return {
        "loans": ids,
        "principal": newest["principal"],
        "status": newest["status"],
        "rows": len(story.get(f"/v1/loans/{ids[0]}/schedule")["data"]),
        "missing": "loan_not_found",
        "quoted": story.stage.post("/v1/quotes", terms).json()["apr_pct"],
    }


def test_the_python_client(story: Story, expected: dict[str, Any], clients: Path) -> None:
    python = ROOT / ".tools" / "python-client" / "bin" / "python"
    url = str(story.stage.http.base_url)
    told = run(python, USES / "loans.py", url, PYTHONPATH=str(clients / "python"))
    assert len(expected["loans"]) == 4
    assert json.loads(told) == expected


def test_the_typescript_client(
    story: Story, expected: dict[str, Any], clients: Path, tmp_path: Path
) -> None:
    client = clients / "typescript"
    (tmp_path / "package.json").write_text('{"type": "module"}')
    modules = tmp_path / "node_modules"
    modules.mkdir()
    (modules / "tallystick-client").symlink_to(client)
    (modules / "@types").symlink_to(client / "node_modules" / "@types")
    shutil.copy(USES / "loans.ts", tmp_path)
    compiler = client / "node_modules" / "typescript" / "bin" / "tsc"
    run("node", compiler, *OPTIONS, "loans.ts", folder=tmp_path)
    told = run("node", "loans.js", str(story.stage.http.base_url), folder=tmp_path)
    assert json.loads(told) == expected
