"""Consented signals: declared, checked, dropped without consent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.intake.errors import DocumentRefused, LayoutInvalid
from tallystick.intake.signals import SignalSchema, load_signals, read_signals

SCHEMA = SignalSchema.model_validate(
    {
        "version": 1,
        "signals": {
            "shop_orders_90d": {
                "kind": "numeric",
                "consent": "shop_data",
                "label": {"en": "orders", "zh": "订单"},
                "least": 0,
                "most": 1000,
                "fresh_days": 30,
            },
            "device_kind": {
                "kind": "categorical",
                "consent": "device_data",
                "label": {"en": "device", "zh": "设备"},
                "levels": ["phone", "desktop"],
            },
        },
    }
)
ORDERS = {"signal": "shop_orders_90d", "value": 12, "day": 100}
DEVICE = {"signal": "device_kind", "value": "phone", "day": 100}


def test_only_what_is_consented_to_is_used() -> None:
    both = read_signals(SCHEMA, [ORDERS, DEVICE], consents={"shop_data", "device_data"}, day=110)
    assert both.features() == {"signal_shop_orders_90d": 12, "signal_device_kind": "phone"}
    odd = {**DEVICE, "value": object()}  # never looked at
    one = read_signals(SCHEMA, [ORDERS, odd], consents={"shop_data"}, day=110)
    assert (one.values, one.left_out) == ({"shop_orders_90d": 12}, {"device_kind": "no_consent"})
    late = read_signals(SCHEMA, [ORDERS], consents={"shop_data"}, day=131)
    assert (late.values, late.left_out) == ({}, {"shop_orders_90d": "stale"})


@pytest.mark.parametrize(
    ("rows", "rule", "row", "column"),
    [
        ({}, "must be a list", None, None),
        ([ORDERS] * 501, "at most 500", None, None),
        ([ORDERS, {"signal": "x"}], "and nothing else", 2, None),
        ([ORDERS, {**ORDERS, "signal": "religion"}], "not declared", 2, "signal"),
        ([ORDERS, ORDERS], "twice", 2, "signal"),
        ([{**ORDERS, "day": 111}], "future", 1, "day"),
        ([{**ORDERS, "day": "100"}], "must be a day", 1, "day"),
        ([{**ORDERS, "value": float("nan")}], "finite", 1, "value"),
        ([{**ORDERS, "value": True}], "finite", 1, "value"),
        ([{**ORDERS, "value": -1}], "at least 0", 1, "value"),
        ([{**ORDERS, "value": 1001}], "at most 1000", 1, "value"),
        ([{**DEVICE, "value": "toaster"}], "one of phone, desktop", 1, "value"),
    ],
)
def test_refused_with_the_place(rows: object, rule: str, row: int | None, column: str) -> None:
    with pytest.raises(DocumentRefused, match=rule) as caught:
        read_signals(SCHEMA, rows, consents={"shop_data", "device_data"}, day=110)
    assert (caught.value.row, caught.value.column) == (row, column)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("version: 0\nsignals: {}", "version"),
        ("version: 1\nsignals: {Bad Name: {}}", "signals"),
        ("version: 1\nsignals: {a: {kind: numeric, consent: c, label: {en: x}}}", r"signals\.a"),
        ("version: [", "cannot be read"),
    ],
)
def test_schemas_that_cannot_be_used(tmp_path: Path, text: str, where: str) -> None:
    file = tmp_path / "signals.yaml"
    file.write_text(text)
    with pytest.raises(LayoutInvalid, match=where):
        load_signals(file)
    file.write_text(SCHEMA.model_dump_json())
    assert load_signals(file) == SCHEMA
