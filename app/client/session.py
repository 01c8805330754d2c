"""One run of `athd upload` against a server: the upload, its summary, and the refused rows in a file."""

import json
import sys

import httpx
import typer

from app.client.connection import TIMEOUT, Connection
from app.client.exits import Exit
from app.client.orders import Asked, Limits, Login, Output
from app.client.screens import Bar, Lines, Screen, fault_lines, summary
from app.client.uploads import Uploading, exit_of

SHOWN_FAULTS = 20


async def run(login: Login, asked: Asked, limits: Limits, output: Output) -> Exit:
    """How the command ends. Raises ClientError."""
    headers = {"Accept-Language": "vi", "User-Agent": "athd-upload"}
    async with httpx.AsyncClient(base_url=login.address, timeout=TIMEOUT, headers=headers) as http:
        return await upload_over(Connection(http, login, limits.patience_s), asked, limits, output)


async def upload_over(connection: Connection, asked: Asked, limits: Limits, output: Output) -> Exit:
    """The same over a connection. Raises ClientError."""
    screen: Screen = Bar() if sys.stderr.isatty() else Lines(note)
    uploading = Uploading(connection, screen)
    try:
        upload = await uploading.run(asked, limits)
    finally:
        screen.close()
    for line in summary(upload):
        note(line)
    if upload["rows"]["refused"]:
        shown = await uploading.errors(upload, SHOWN_FAULTS)
        for line in fault_lines(shown):
            note(line)
        if output.errors is not None:
            await uploading.save_errors(upload, output.errors)
            note("Các dòng lỗi đã ghi ra tệp (the refused rows are in the file)")
    typer.echo(json.dumps(upload, ensure_ascii=False) if output.is_json else str(upload["id"]))
    return exit_of(upload, limits)


def note(line: str) -> None:
    """For people: what a script reads is on the standard output alone."""
    typer.echo(line, err=True)
