"""Upload one file over the API, wait for its end, and say what became of it."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx

from app.client.connection import Connection, read
from app.client.exits import Exit
from app.client.orders import Asked, Limits
from app.client.screens import Screen

CHUNK: Final = 256 * 1024
FIRST_POLL_S, LONGEST_POLL_S = 0.5, 5.0
JOINED: Final = 200


class Uploading:
    """One file on its way. The same file with the same request is one upload until that ended: nothing is lost by
    sending it again."""

    def __init__(self, connection: Connection, screen: Screen) -> None:
        self.connection = connection
        self.screen = screen

    async def run(self, asked: Asked, limits: Limits) -> dict[str, Any]:
        """The upload as the server shows it at last. Raises ClientError."""
        upload = await self._receive(asked)
        return await self._ended(upload, limits.timeout_s) if limits.waits else upload

    async def _receive(self, asked: Asked) -> dict[str, Any]:
        size = asked.file.stat().st_size

        async def body() -> AsyncIterator[bytes]:
            done = 0
            with asked.file.open("rb") as source:
                while done < size and (piece := source.read(min(CHUNK, size - done))):
                    yield piece
                    done += len(piece)
                    self.screen.sent(done, size)

        headers = {"Content-Type": asked.media_type, "Content-Length": str(size)}
        answer = await self.connection.send("POST", "/uploads", params=asked.params, headers=headers, body=body)
        upload: dict[str, Any] = read(answer)
        self.screen.received(upload, is_joined=answer.status_code == JOINED)
        return upload

    async def _ended(self, upload: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        pause, waited = FIRST_POLL_S, 0.0
        while not is_over(upload) and waited < timeout_s:
            await self.connection.sleep(pause)
            waited, pause = waited + pause, min(1.5 * pause, LONGEST_POLL_S)
            upload = await self.connection.get(f"/uploads/{upload['id']}")
            self.screen.at(upload)
        return upload

    async def errors(self, upload: dict[str, Any], most: int) -> list[dict[str, Any]]:
        """The first faults of rows, without any cell."""
        page = await self.connection.get(f"/uploads/{upload['id']}/errors", limit=most)
        found: list[dict[str, Any]] = page["items"]
        return found

    async def save_errors(self, upload: dict[str, Any], target: Path) -> None:
        """Write the rows with their errors to a file that its owner alone can read: a workbook if it is called so.

        Raises ClientError.
        """
        kind = "xlsx" if target.suffix.lower() == ".xlsx" else "csv"
        part = target.with_name(f"{target.name}.part")
        try:
            async with self.connection.stream(f"/uploads/{upload['id']}/errors.{kind}") as answer:
                await _write(answer, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


async def _write(answer: httpx.Response, target: Path) -> None:
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        async for piece in answer.aiter_bytes():
            file.write(piece)


def is_over(upload: dict[str, Any]) -> bool:
    """Whether waiting changes nothing: it ended, or waits for a person."""
    return upload["ended_at"] is not None or upload["state"] == "held"


def exit_of(upload: dict[str, Any], limits: Limits) -> Exit:
    """How the command ends by what became of the upload."""
    ends = {"held": Exit.HELD, "refused": Exit.FILE_REFUSED}
    state = upload["state"]
    if state in ends:
        return ends[state]
    if state in {"applied", "checked"}:
        return Exit.ROWS_REFUSED if upload["rows"]["refused"] else Exit.DONE
    return Exit.UNENDED if limits.waits or upload["ended_at"] else Exit.DONE
