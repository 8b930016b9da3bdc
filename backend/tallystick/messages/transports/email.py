"""E-mail by SMTP (RFC 5321), plain text and HTML, with one-click unsubscription (RFC 8058)."""

from __future__ import annotations

import smtplib
import ssl
import time
from dataclasses import dataclass, replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from tallystick.config import SettingsError
from tallystick.messages.transports import Envelope, Result

TIMEOUT_SECONDS = 20.0
_PERMANENT = 500
_TONGUES = {"en": "en", "zh": "zh-Hans"}
_SENT = Result(250, None, 0)


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server. `tls` is ``start`` (STARTTLS), ``implicit`` or ``off``."""

    host: str
    port: int
    tls: str
    user: str | None = None
    password: str | None = None

    @classmethod
    def from_url(cls, url: str) -> Self:
        """``smtp://user:password@host:587``, ``smtps://host``; ``?tls=off`` for a server beside us.

        Raises `SettingsError`, whose text does not show the URL.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise SettingsError("TALLYSTICK_SMTP_URL is no address") from None
        off = parse_qs(parts.query) == {"tls": ["off"]}
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or (parts.query and not off):
            raise SettingsError("TALLYSTICK_SMTP_URL must be smtp://host:port or smtps://host:port")
        tls = "implicit" if parts.scheme == "smtps" else "off" if off else "start"
        user, password = (value and unquote(value) for value in (parts.username, parts.password))
        return cls(parts.hostname, port or (465 if tls == "implicit" else 587), tls, user, password)


class Email:
    """Mails from `sender` (``Name <address>``) through one server."""

    field = "email"

    def __init__(self, server: Server, sender: str) -> None:
        self._server = server
        self._sender = sender
        _, at, self._domain = parseaddr(sender)[1].rpartition("@")
        if not at or not self._domain:
            raise SettingsError("TALLYSTICK_MAIL_FROM must be as in Name <loans@bank.example>")

    def send(self, envelope: Envelope) -> Result:
        """One try. A permanent refusal (5xx) is final."""
        begun = time.monotonic()
        try:
            mail = self.mail(envelope)
        except (ValueError, IndexError):
            return Result(None, "address", 0, final=True)
        outcome = _SENT
        try:
            with self._connect() as smtp:
                smtp.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            outcome = _outcome(error)
        return replace(outcome, milliseconds=int((time.monotonic() - begun) * 1000))

    def mail(self, envelope: Envelope) -> EmailMessage:
        """The mail. Its id is the message's, so that one sent again is known to be the same."""
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = Address(addr_spec=envelope.to)
        mail["Subject"] = envelope.content.subject
        mail["Date"] = formatdate(usegmt=True)
        mail["Message-ID"] = f"<{envelope.message_id}@{self._domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        if envelope.stop is not None:
            mail["List-Unsubscribe"] = f"<{envelope.stop}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(envelope.content.text)
        mail.add_alternative(envelope.content.html, subtype="html")
        mail["Content-Language"] = _TONGUES[envelope.language]  # content clears what is about it
        return mail

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        smtp: smtplib.SMTP
        if server.tls == "implicit":
            context = ssl.create_default_context()
            smtp = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        try:
            if server.tls == "start":
                smtp.starttls(context=ssl.create_default_context())
            if server.user is not None:
                smtp.login(server.user, server.password or "")
        except BaseException:
            smtp.close()
            raise
        return smtp


def _outcome(error: OSError | smtplib.SMTPException) -> Result:
    """What an error of the server or of the way to it means for further tries."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code = next(iter(error.recipients.values()))[0]
            return Result(code, "recipient_refused", 0, final=code >= _PERMANENT)
        case smtplib.SMTPAuthenticationError():
            return Result(error.smtp_code, "sign_in_refused", 0, unreachable=True)
        case smtplib.SMTPConnectError():
            return Result(error.smtp_code, "unavailable", 0, unreachable=True)
        case smtplib.SMTPNotSupportedError():
            return Result(None, "not_supported", 0, unreachable=True)
        case smtplib.SMTPResponseException():
            code = error.smtp_code
            return Result(code, "refused", 0, final=code >= _PERMANENT)
        case TimeoutError():
            return Result(None, "timeout", 0, unreachable=True)
        case _:
            return Result(None, "connection", 0, unreachable=True)
