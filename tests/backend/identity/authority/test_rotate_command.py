"""On the command line, too, nobody rotates the vault's keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tallystick.cli import main
from tallystick.config import Settings
from tallystick.identity.access.access import identity_file
from tallystick.identity.authority.approvals import VALID_SECONDS, Approvals
from tallystick.identity.authority.grants import Grants
from tallystick.identity.authority.matters import Matter
from tallystick.identity.vault import Vault, rotation
from tallystick.identity.vault.keys import new_key_text
from tallystick.identity.vault.rotation import pending
from tallystick.trail.store import entries
from tallystick.trail.verify import verify

ANN, BEA = ("0x" + digits * 20 for digits in ("aa", "bb"))


@dataclass
class Office:
    """Two administrators of a vault whose keys `old` wraps and `new` is to wrap."""

    settings: Settings

    def __post_init__(self) -> None:
        self.vault = Vault.from_settings(self.settings)
        self.file = identity_file(self.settings.identity)
        self.ann, self.bea = (self.vault.new_subject({"wallet": who}) for who in (ANN, BEA))
        self.approvals = Approvals(self.file, self.vault, Grants(self.file, self.vault, [ANN, BEA]))

    def ask(self) -> str:
        return self.approvals.request(self.ann, Matter.ROTATE_KEYS, "vault", {}).approval_id


def rotate(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["vault", "rotate", *arguments])


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    old, new, index = new_key_text(), new_key_text(), new_key_text()
    given = {
        "IDENTITY": str(tmp_path / "identity.db"),
        "VAULT": str(tmp_path / "vault.db"),
        "DEPLOYMENT": str(tmp_path / "none.json"),
        "VAULT_INDEX_KEY": index,
        "ADMINISTRATORS": f"{ANN},{BEA}",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"TALLYSTICK_{name}", value)
    monkeypatch.setenv("TALLYSTICK_VAULT_KEYS", f"old:{old}")
    opened = Office(Settings.from_environment())
    monkeypatch.setenv("TALLYSTICK_VAULT_KEYS", f"new:{new},old:{old}")
    yield opened
    opened.file.close()
    opened.vault.close()


def test_without_the_agreement_of_two_nothing_is_rotated(office: Office) -> None:
    asked = office.ask()
    for arguments, told in (
        ((), "Missing option '--approval'"),
        (("--approval", "approval_" + "a" * 26), "no rotation of keys was asked for"),
        (("--approval", asked), "is pending"),
    ):
        refused = rotate(*arguments)
        assert refused.exit_code != 0
        assert told in refused.output
    office.approvals.refuse(office.bea, asked)
    assert "is refused" in rotate("--approval", asked).output
    assert pending(office.vault) == {"old": 2}


def test_what_was_interrupted_goes_on_with_the_same_approval(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = office.ask()
    office.approvals.approve(office.bea, asked)
    monkeypatch.setattr(rotation, "BATCH", 1)
    batch = rotation._rotate_batch

    def killed(vault: Vault, size: int) -> int:
        batch(vault, 1)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rotation, "_rotate_batch", killed)
        assert rotate("--approval", asked).exit_code != 0
    assert pending(office.vault) == {"old": 1, "new": 1}
    assert "1 keys wrapped by new" in rotate("--approval", asked).output
    assert pending(office.vault) == {"new": 2}
    with office.file.open() as db:
        assert verify(db, []).findings == ()
        acts = [entry.fact.act for entry, _ in entries(db)]
    assert acts == ["request_approval", "approve", "use_approval", "use_approval"]
    with office.file.open() as db:
        db.execute("UPDATE approvals SET expires_at = expires_at - ?", [VALID_SECONDS])
    assert "is done" in rotate("--approval", asked).output
