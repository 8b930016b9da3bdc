"""Connections to receivers, and to nobody inside.

A name is resolved once for each connection, every address that it has must be public, and the
connection goes to an address that was looked at, so that a name which answers differently the next
time changes nothing. Redirects are not followed, and no proxy of the environment is used.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

import httpcore

from tallystick.webhooks.errors import UrlRefused

Resolve = Callable[[str, int], list[str]]
MOST_CHARACTERS = 2000
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host. Raises `UrlRefused`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UrlRefused("unresolved") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an address is on the Internet, also when it stands inside another one."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.sixtofour is not None or ip.teredo is not None or ip in _NAT64_LOCAL:
            return False
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip in _NAT64:
            ip = IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.is_global and not ip.is_multicast


class Guard:
    """What may be called. `private` lets plain HTTP and inner addresses pass: for development."""

    def __init__(self, *, private: bool = False, resolver: Resolve = resolve) -> None:
        self._private = private
        self._resolver = resolver

    def check_url(self, url: str) -> None:
        """Raises `UrlRefused` unless the address may be called as it resolves now."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise UrlRefused("form") from None
        plain = all(" " < character <= "~" for character in url)
        if not plain or len(url) > MOST_CHARACTERS or not parts.hostname or "@" in parts.netloc:
            raise UrlRefused("form")
        if parts.scheme not in (("http", "https") if self._private else ("https",)):
            raise UrlRefused("scheme")
        self.addresses(parts.hostname, port or 443)

    def addresses(self, host: str, port: int) -> list[str]:
        """Where to connect to. Raises `UrlRefused` when a single address is not public."""
        found = self._resolver(host, port)
        if not found:
            raise UrlRefused("unresolved")
        if not self._private and not all(is_public(address) for address in found):
            raise UrlRefused("private")
        return found


class GuardedBackend(httpcore.NetworkBackend):
    """Connects for one request, all of which ends at a deadline (of `time.monotonic`)."""

    def __init__(self, guard: Guard, deadline: float) -> None:
        self._guard = guard
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """To the first address that answers. Raises `UrlRefused`, `httpcore.ConnectError`."""
        failure: Exception = httpcore.ConnectError("no address")
        for address in self._guard.addresses(host, port):
            try:
                stream = self._inner.connect_tcp(
                    address, port, self._left(timeout), local_address, socket_options
                )
                return _Bounded(stream, self._left)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        """Never."""
        raise UrlRefused("scheme")

    def _left(self, timeout: float | None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline has passed")
        return left if timeout is None else min(left, timeout)


class _Bounded(httpcore.NetworkStream):
    """A stream whose every read and write ends at the deadline: dripping bytes gain no time."""

    def __init__(
        self, inner: httpcore.NetworkStream, left: Callable[[float | None], float]
    ) -> None:
        self._inner = inner
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.start_tls(ssl_context, server_hostname, self._left(timeout))
        return _Bounded(stream, self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
