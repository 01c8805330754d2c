"""Shared copies of images: decoded and re-encoded in a child process without keys, files or network."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import structlog

from app.core.problems import Problem, Text
from app.security.files.problems import FILE_REFUSED

log = structlog.get_logger()
CHILD: Final = Path(__file__).with_name("image_child.py")
FORMS: Final = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "heic": "HEIF"}
AT_ONCE: Final = 2
DEADLINE_S: Final = 20.0
TOO_LARGE: Final = 3  # the status with which the child refuses that many pixels


class ImageCleaner:
    """Opens at most two images at a time: each needs memory for its pixels."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    async def clean(self, content: bytes, kind: str) -> bytes:
        """A JPEG of the image's pixels without metadata. Raises `file_refused` (422) if it is no such image."""
        async with self._room:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-B", str(CHILD), FORMS[kind]),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
            )
            try:
                async with asyncio.timeout(DEADLINE_S):
                    made, _ = await child.communicate(content)
            except TimeoutError:
                raise _refused() from None
            finally:
                if child.returncode is None:
                    child.kill()
                    await child.wait()
        if child.returncode == TOO_LARGE:
            raise FILE_REFUSED(Text("Ảnh có quá nhiều điểm ảnh", "The image has too many pixels"))
        if child.returncode != 0 or not made:
            log.info("image_refused", status=child.returncode)
            raise _refused()
        return made


def _refused() -> Problem:
    return FILE_REFUSED(Text("Không đọc được ảnh", "The image cannot be read"))
