"""Mail by SMTP with the standard library in a thread: enough for a few short mails per hour."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage

from app.core.settings import Settings

TIMEOUT_S = 10.0


class MailError(Exception):
    """The mail server did not accept the mail. Never quotes it."""


async def send(settings: Settings, to: str, subject: str, text: str) -> None:
    """Raises MailError."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.smtp_sender, to, subject
    message.set_content(text)
    try:
        await asyncio.to_thread(_send, settings, message)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise MailError(type(error).__name__) from None


def _send(settings: Settings, message: EmailMessage) -> None:
    with smtplib.SMTP(settings.smtp_host or "", settings.smtp_port, timeout=TIMEOUT_S) as server:
        if settings.smtp_tls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_username and settings.smtp_password_file:
            server.login(settings.smtp_username, settings.smtp_password_file.read_text("utf-8").strip())
        server.send_message(message)
