from pathlib import Path

import pytest
from pydantic import ValidationError

from tallystick.config import Settings, SettingsError

KEY = "0x" + "ab" * 32


def test_defaults_need_no_environment() -> None:
    settings = Settings.from_environment({})
    assert settings.rpc_url == "http://127.0.0.1:8545"
    assert settings.port == 8000
    assert settings.keeper_key is None


def test_every_field_has_a_variable_of_its_name() -> None:
    settings = Settings.from_environment(
        {
            "TALLYSTICK_RPC_URL": "https://node.example/rpc",
            "TALLYSTICK_RPC_FALLBACK_URLS": "https://a.example, https://b.example/rpc",
            "TALLYSTICK_DB": "/data/index.db",
            "TALLYSTICK_DEPLOYMENT": "/data/record.json",
            "TALLYSTICK_HOST": "0.0.0.0",
            "TALLYSTICK_PORT": "9000",
            "TALLYSTICK_KEEPER_KEY": KEY,
        }
    )
    assert settings.rpc_url == "https://node.example/rpc"
    assert settings.rpc_urls[1:] == ("https://a.example", "https://b.example/rpc")
    assert str(settings.db) == "/data/index.db"
    assert str(settings.deployment) == "/data/record.json"
    assert (settings.host, settings.port) == ("0.0.0.0", 9000)
    assert settings.keeper_key is not None
    assert settings.keeper_key.get_secret_value() == KEY


def test_empty_variable_counts_as_absent() -> None:
    assert Settings.from_environment({"TALLYSTICK_KEEPER_KEY": ""}).keeper_key is None


def test_settings_cannot_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings.from_environment({}).port = 9


def test_secret_is_not_shown() -> None:
    settings = Settings.from_environment({"TALLYSTICK_KEEPER_KEY": KEY})
    assert KEY not in repr(settings)
    assert KEY not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TALLYSTICK_PORT", "0"),
        ("TALLYSTICK_PORT", "65536"),
        ("TALLYSTICK_PORT", "http"),
        ("TALLYSTICK_RPC_URL", "ftp://node.example"),
        ("TALLYSTICK_RPC_URL", "127.0.0.1:8545"),
    ],
)
def test_malformed_value_is_named(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        Settings.from_environment({variable: value})


def test_nodes_of_several_chains() -> None:
    settings = Settings.from_environment(
        {
            "TALLYSTICK_RPC_URL": "http://home",
            "TALLYSTICK_CHAINS": "10=https://a?k=1, 4242=http://b,10=https://c",
            "TALLYSTICK_DEPLOYMENT": "somewhere/record.json",
        }
    )
    assert settings.nodes(1) == {
        1: ("http://home",),
        10: ("https://a?k=1", "https://c"),
        4242: ("http://b",),
    }
    assert settings.registry == Path("somewhere/deployments")
    for wrong in ("https://a", "x=https://a", "10=ftp://a"):
        with pytest.raises(SettingsError, match="TALLYSTICK_CHAINS"):
            Settings.from_environment({"TALLYSTICK_CHAINS": wrong})
