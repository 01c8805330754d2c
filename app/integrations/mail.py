"""Mail by SMTP with the standard library in a thread: enough for a few short mails per hour."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr
from typing import Final

from app.core import time
from app.core.settings import Settings

TIMEOUT_S = 10.0
PERMANENT: Final = range(500, 600)


class MailError(Exception):
    """The mail server did not accept the mail, and may later. Never quotes it."""


class MailRefusedError(MailError):
    """The mail server refuses it for good (RFC 5321 section 4.2.1, 5yz). Never quotes it."""


async def send(settings: Settings, to: str, subject: str, text: str) -> None:
    """Raises MailError, and MailRefusedError where a repetition would be refused as well."""
    message = composed(settings.smtp_sender, to, subject, text)
    try:
        await asyncio.to_thread(_send, settings, message)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise _meaning(error) from None


def composed(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    """A whole message (RFC 5322 section 3.6): it names the sender's domain, and never this machine."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = time.utc_now().astimezone(time.VIETNAM)
    message["Message-ID"] = make_msgid(domain=_domain(sender))
    # Nobody's absence is answered to it (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _send(settings: Settings, message: EmailMessage) -> None:
    domain = _domain(settings.smtp_sender)
    with smtplib.SMTP(settings.smtp_host or "", settings.smtp_port, local_hostname=domain, timeout=TIMEOUT_S) as server:
        if settings.smtp_tls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_username and settings.smtp_password_file:
            server.login(settings.smtp_username, settings.smtp_password_file.read_text("utf-8").strip())
        server.send_message(message)


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2]


def _meaning(error: Exception) -> MailError:
    code = _code(error)
    text = f"{type(error).__name__} {code or ''}".strip()
    return MailRefusedError(text) if code in PERMANENT else MailError(text)


def _code(error: Exception) -> int | None:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return min((code for code, _ in error.recipients.values()), default=None)
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
