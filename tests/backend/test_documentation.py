from pathlib import Path

import pytest

from tallystick.config import PREFIX, Settings

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_row_with_its_default(name: str) -> None:
    default = Settings.model_fields[name].default
    shown = "none" if default is None else f"`{default}`"
    assert f"| `{PREFIX}{name.upper()}` | {shown} |" in OPERATIONS.read_text()
