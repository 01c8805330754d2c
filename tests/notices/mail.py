"""Mailboxes of units, and the mail server that their mail goes to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from typing import Any

from sqlalchemy import select

from app.models.platform.jobs import Job
from app.security.access.scope import ALL
from app.services.platform.jobs import JobKind
from tests.factories.http import API, ok
from tests.factories.units import StaffedUnit
from tests.world import Client, World

MAILBOXES = f"{API}/mailboxes"
NUMBERS = count(1)


@dataclass
class MailServer:
    """SMTP as far as one mail needs it. `answers` are those to a command instead of 250."""

    port: int = 0
    answers: dict[bytes, bytes] = field(default_factory=dict)
    greetings: list[str] = field(default_factory=list)
    attempts: int = 0
    mails: list[EmailMessage] = field(default_factory=list)

    def to(self, mailbox: dict[str, Any]) -> list[str]:
        """The texts that one mailbox got."""
        return [each.get_content() for each in self.mails if each["To"] == mailbox["address"]]


@contextmanager
def serving_mail() -> Iterator[MailServer]:
    mail_server = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 mau.example\r\n")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"EHLO":
                    mail_server.greetings.append(line[5:].strip().decode())
                mail_server.attempts += word == b"MAIL"
                if word in mail_server.answers:
                    self.wfile.write(mail_server.answers[word] + b"\r\n")
                    continue
                if word == b"DATA":
                    self.wfile.write(b"354 .\r\n")
                    mail_server.mails.append(self._mail())
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")

        def _mail(self) -> EmailMessage:
            lines = b"".join(iter(self.rfile.readline, b".\r\n"))
            return message_from_bytes(lines, EmailMessage, policy=policy.default)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        mail_server.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield mail_server
        server.shutdown()


async def registered(admin: Client, place: StaffedUnit, **more: object) -> dict[str, Any]:
    body = {"unit_id": str(place.id), "address": f"van.thu.{next(NUMBERS)}@mau.example", **more}
    mailbox: dict[str, Any] = ok(await admin.post(MAILBOXES, body), 201)
    return mailbox


async def mail_jobs(world: World, mailbox: dict[str, Any]) -> list[Job]:
    """The jobs of one mailbox that wait or are dead."""
    async with world.runtime.work(ALL, write=False) as work:
        jobs = await work.session.scalars(select(Job).where(Job.kind == JobKind.SEND_MAIL))
        return [job for job in jobs if job.payload["mailbox_id"] == mailbox["id"]]
