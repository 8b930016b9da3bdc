"""Looks for secrets in the tracked files, for what bandit finds grave, and for known advisories.

Run by `make audit`, with the tools of tools/locks/security.txt; `make lint` runs it with `--quick`,
without the advisories, which need the network. What could not be checked is said last. Exit code 0:
nothing was found; 1: something was; 3, with `--strict`: nothing was, but not all was checked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = ROOT / ".tools" / "security" / "bin"
SOURCES = ("backend/tallystick", "scripts", "tools")
BY_RUFF = "B102,B302,B506,B608,B704"
"""Of these, `make lint` already wants a reason at each line (S102, S302, S506 ...)."""
GENERATED = (
    "uv.lock",
    "package-lock.json",
    "docs/openapi.json",
    "data/",
    "backend/tallystick/chain/abi/",
)
BINARY = (".gz", ".otf", ".png", ".pdf", ".woff2", ".svg")
SHAPES = [
    "ArtifactoryDetector",
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "BasicAuthDetector",
    "CloudantDetector",
    "DiscordBotTokenDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "IbmCloudIamDetector",
    "JwtTokenDetector",
    "MailchimpDetector",
    "NpmDetector",
    "OpenAIDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SendGridDetector",
    "SlackDetector",
    "SquareOAuthDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
    "TwilioKeyDetector",
]
"""Secrets known by their shape. By entropy, every hash in the tests would be one."""
ALLOWED = {
    (name, "Basic Auth Credentials")
    for name in (
        "tests/backend/webhooks/test_guard.py",
        "backend/tallystick/config.py",
        "backend/tallystick/messages/transports/email.py",
        "docs/operations.md",
        "tests/backend/messages/test_dispatcher.py",
    )
}
"""Addresses with the words `user` and `password` in them, which show a form or are refused."""


UNCHECKED = 3


def main() -> int:
    found = [_secrets(), _bandit()]
    missed: list[str] = []
    if "--quick" not in sys.argv:
        found.append(_advisories(missed))
    for what in missed:
        print(f"NOT CHECKED: {what}")
    if any(found):
        return 1
    return UNCHECKED if missed and "--strict" in sys.argv else 0


def _secrets() -> bool:
    tracked = _output("git", "ls-files").split()
    files = [
        name
        for name in tracked
        if not name.startswith(GENERATED)
        and not name.endswith((*BINARY, "package-lock.json"))
        and "/vendor/" not in name
    ]
    answer = subprocess.run(
        [BIN / "python", ROOT / "tools" / "find_secrets.py"],
        input=json.dumps({"shapes": SHAPES, "files": files}),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found = [
        (name, line, kind)
        for name, line, kind in json.loads(answer.stdout)
        if (name, kind) not in ALLOWED
    ]
    for name, line, kind in found:
        print(f"{name}:{line}: {kind}")
    print(f"secrets: {len(found)} in {len(files)} files")
    return bool(found)


def _bandit() -> bool:
    command = [BIN / "bandit", "-q", "-ll", "-s", BY_RUFF, "-r", *SOURCES, "-f", "custom"]
    form = "{relpath}:{line}: {test_id} {msg}"
    found = subprocess.run(
        [*command, "--msg-template", form], capture_output=True, text=True, check=False, cwd=ROOT
    )
    print(found.stdout, end="")
    print(f"bandit: {len(found.stdout.splitlines())} of medium severity or more")
    return found.returncode != 0


def _advisories(missed: list[str]) -> bool:
    """What is installed for the service, against the advisories of PyPI; needs the network.

    Packages of which they could not be read are added to `missed`.
    """
    packages = _output(
        "uv", "export", "--frozen", "--no-hashes", "--no-dev", "--no-emit-project", "-q"
    )
    listed = ROOT / "build" / "requirements.txt"
    listed.parent.mkdir(exist_ok=True)
    listed.write_text(packages)
    command = [BIN / "pip-audit", "-r", listed, "--no-deps", "--disable-pip", "-f", "json"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    try:
        audited = json.loads(answer.stdout)["dependencies"]
    except (ValueError, KeyError):
        missed.append("advisories of PyPI: there was no answer")
        return False
    asked = [one for one in audited if "skip_reason" not in one]
    found = [(one["name"], v["id"]) for one in asked for v in one["vulns"]]
    for name, advisory in found:
        print(f"{name}: {advisory}")
    print(f"advisories: {len(found)} for {len(asked)} of {len(audited)} packages")
    if len(asked) < len(audited):
        missed.append(f"advisories for {len(audited) - len(asked)} packages: PyPI has none of them")
    return bool(found)


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


if __name__ == "__main__":
    sys.exit(main())
