"""Nothing is sent inside: by number, by name, by a name that changes, by a redirect."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from tests.backend.webhooks.receiver import Receiver, answer

from tallystick.webhooks.errors import UrlRefused
from tallystick.webhooks.guard import Guard, is_public
from tallystick.webhooks.send import post

SECRET = ("whsec_" + "A" * 44,)


@pytest.fixture
def inside() -> Iterator[list[object]]:
    """Whoever connects to a port of this machine is in the list."""
    seen: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def accept() -> None:
            try:
                while True:
                    seen.append(server.accept())
            except OSError:
                return

        threading.Thread(target=accept, daemon=True).start()
        seen.append(server.getsockname()[1])
        yield seen


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2001:0:7f00:1::",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "", "localhost",
    ],
)  # fmt: skip
def test_addresses_inside(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34"])
def test_addresses_outside(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "[::1]", "0",
     "[::ffff:127.0.0.1]", "LOCALHOST", "127.0.0.1."],
)  # fmt: skip
def test_no_spelling_of_this_machine_is_called(host: str, inside: list[object]) -> None:
    port = inside[0]
    url = f"https://{host}:{port}/"
    with pytest.raises(UrlRefused) as caught:
        Guard().check_url(url)
    assert caught.value.reason in ("private", "unresolved")
    error = post(Guard(), url, SECRET, "msg_1", "{}", deadline=1).error
    assert error in ("address_private", "address_unresolved")
    assert len(inside) == 1


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.org/", "scheme"),
        ("ftp://example.org/", "scheme"),
        ("file:///etc/passwd", "form"),
        ("https://user:word@example.org/", "form"),
        ("https://example.org@127.0.0.1/", "form"),
        ("https:///path", "form"),
        ("https://example.org:99999/", "form"),
        ("https://example.org/\r\nHost: x", "form"),
        ("https://exämple.org/", "form"),
        ("https://" + "a" * 2000, "form"),
        ("", "form"),
    ],
)
def test_other_urls(url: str, reason: str) -> None:
    with pytest.raises(UrlRefused) as caught:
        Guard(resolver=lambda *_: ["93.184.216.34"]).check_url(url)
    assert caught.value.reason == reason


def test_a_name_that_has_one_inner_address_is_refused() -> None:
    guard = Guard(resolver=lambda *_: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(UrlRefused, match="private"):
        guard.check_url("https://both.example/")


def test_a_name_that_answers_otherwise_later_leads_nowhere(inside: list[object]) -> None:
    for public_answers in range(3):
        answers = iter([["93.184.216.34"]] * public_answers)
        guard = Guard(resolver=lambda *_, left=answers: next(left, ["127.0.0.1"]))
        if public_answers:
            guard.check_url(f"https://rebind.example:{inside[0]}/")
        # what was looked at is what is connected to: never the inner address
        url = f"https://rebind.example:{inside[0]}/"
        result = post(guard, url, SECRET, "msg_1", "{}", deadline=0.5)
        assert result.error in ("address_private", "timeout", "connection")
    assert len(inside) == 1


def test_a_redirect_is_not_followed() -> None:
    with Receiver() as other, Receiver(answer(302, Location=other.url)) as receiver:
        result = post(Guard(private=True), receiver.url, SECRET, "msg_1", "{}")
        assert (result.status, result.delivered) == (302, False)
        assert len(receiver.got) == 1
        assert other.got == []


def test_proxies_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, inside: list[object]
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{inside[0]}")
    with Receiver() as receiver:
        assert post(Guard(private=True), receiver.url, SECRET, "msg_1", "{}").delivered
    assert len(inside) == 1
