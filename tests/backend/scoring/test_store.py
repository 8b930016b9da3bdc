"""A model's folder is trusted as signed, or not at all."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pytest
from tests.backend.scoring.cards import small_card

from tallystick.scoring.card import dump_card
from tallystick.scoring.errors import ModelInvalid
from tallystick.scoring.layout import MANIFEST, card_name
from tallystick.scoring.signing import KEY, TRUST, signing_key
from tallystick.scoring.store import load_model, new_folder, sign_folder


@pytest.fixture(autouse=True)
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "key"
    path.write_text("11" * 32)
    monkeypatch.setenv(KEY, str(path))
    monkeypatch.delenv(TRUST, raising=False)
    return path


def make(folder: Path) -> Path:
    content = dump_card(small_card())
    with new_folder(folder) as filled:
        name = card_name(hashlib.sha256(content).hexdigest())
        (filled / name).write_bytes(content)
        (filled / "metrics.json").write_text("{}")
        sign_folder(filled)
    return folder


def test_what_was_signed_is_loaded(tmp_path: Path) -> None:
    model = load_model(make(tmp_path / "model"))
    assert model.card == small_card()
    assert model.hash == hashlib.sha256(dump_card(small_card())).hexdigest()


@pytest.mark.parametrize("name", ["card", "metrics", "manifest"])
def test_an_altered_file_is_refused(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path / "model")
    path = next(folder.glob(f"{name}*"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("0", "1", 1) if "0" in text else text + " ", encoding="utf-8")
    with pytest.raises(ModelInvalid):
        load_model(folder)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    folder = make(tmp_path / "model")
    (folder / "metrics.json").unlink()
    with pytest.raises(ModelInvalid, match="cannot be read"):
        load_model(folder)


def test_a_strangers_model_is_refused_unless_trusted(
    tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(tmp_path / "model")
    public = json.loads((folder / MANIFEST).read_text())["key"]
    key.write_text("22" * 32)
    with pytest.raises(ModelInvalid, match="not trusted"):
        load_model(folder)
    monkeypatch.setenv(TRUST, f"{'00' * 32}, {public}")
    assert load_model(folder).key == public
    monkeypatch.setenv(TRUST, "")
    with pytest.raises(ModelInvalid, match="not trusted"):
        load_model(folder)


def test_a_named_key_must_exist_and_a_local_one_is_private(
    tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key.unlink()
    with pytest.raises(ModelInvalid, match="does not exist"):
        signing_key()
    monkeypatch.delenv(KEY)
    monkeypatch.setattr("tallystick.scoring.signing.project_folder", lambda: tmp_path)
    first, made = signing_key()
    again, made_again = signing_key()
    assert (made, made_again) == (True, False)
    assert first.private_bytes_raw() == again.private_bytes_raw()
    mode = (tmp_path / "var" / "scoring" / "model.key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = make(tmp_path / "model")
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(FileNotFoundError), new_folder(folder) as filled:
        (filled / "half" / "done").write_text("")
    assert sorted(path.name for path in folder.iterdir()) == before
    make(folder)
    other = tmp_path / "notes"
    other.mkdir()
    (other / "letter.txt").write_text("dear")
    with pytest.raises(ModelInvalid, match="not a model"), new_folder(other):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {"model", "notes", "key"}
