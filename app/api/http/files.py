"""Files over HTTP, whatever record they belong to: the body of an upload, links, and contents whole or by range."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import unquote_to_bytes
from uuid import UUID

from fastapi import Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter, ValidationError

from app.api.http.bodies import declared_length, streamed
from app.api.http.deps import bad_header, entity_tag
from app.api.http.ranges import wanted
from app.api.http.routing import PREFIX
from app.core import problems
from app.core.problems import Text
from app.schemas.base import NAME_LENGTH, Name
from app.schemas.stored_files import LinkOut, StoredFileOut, StoredFileWarning
from app.security.crypto.links import Link
from app.security.files.contents import BY_MEDIA_TYPE, KINDS
from app.security.files.warnings import WARNINGS, warnings_of
from app.services.platform.unit_of_work import UnitOfWork
from app.services.stored_files import OCTETS, Content, F, StoredFileService, U, read

FileOut = TypeVar("FileOut", bound=StoredFileOut)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
TITLE: TypeAdapter[str] = TypeAdapter(Name)
TITLE_FORM = Text(
    f"Tên tệp là một dòng chữ từ 1 đến {NAME_LENGTH} ký tự, mã hóa phần trăm theo UTF-8",
    f"A title is a line of 1 to {NAME_LENGTH} characters, percent-encoded in UTF-8",
)
BINARY = {"schema": {"type": "string", "format": "binary"}}
SERVED = dict.fromkeys([*BY_MEDIA_TYPE, OCTETS], BINARY)
FILE_BODY = {"requestBody": {"required": True, "content": SERVED}}
CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The whole file, as what it was taken for", "content": SERVED},
    206: {"description": "The range asked for", "content": SERVED},
    416: {"description": "Problem"},
}

TitleHeader = Annotated[
    str | None,
    Header(
        alias="Attachment-Title",
        max_length=4000,
        description="What the file is, percent-encoded UTF-8 (encodeURIComponent)",
    ),
]
RangeHeader = Annotated[str | None, Header(alias="Range", max_length=200)]
IfRangeHeader = Annotated[str | None, Header(max_length=200)]


def check_bare(request: Request) -> None:
    """Raises `unsupported_media_type` (415) for a form: the file's own type is read from its content alone."""
    if request.headers.get("content-type", "").strip().lower().startswith("multipart/"):
        raise problems.UNSUPPORTED_MEDIA_TYPE(
            Text("Hãy gửi chính tệp làm nội dung yêu cầu, không qua biểu mẫu", "Send the file itself, not a form"),
            headers={"Accept": ", ".join(BY_MEDIA_TYPE), "Connection": "close"},
        )


def read_title(header: str | None) -> str | None:
    if header is None:
        return None
    try:
        # Starlette reads headers as Latin-1; some clients send the letters as they are.
        text = unquote_to_bytes(header.encode("latin-1")).decode("utf-8")
        title = TITLE.validate_python(text)
    except (UnicodeDecodeError, ValidationError):
        raise bad_header("Attachment-Title", TITLE_FORM, limit=NAME_LENGTH) from None
    if CONTROL.search(text):
        raise bad_header("Attachment-Title", TITLE_FORM, limit=NAME_LENGTH)
    return title


def media_type_of(kind: str) -> str:
    return KINDS[kind].media_type


def file_warnings(copy_state: str, kind: str) -> list[StoredFileWarning]:
    return [
        StoredFileWarning(code=code, label_vi=WARNINGS[code].vi, label_en=WARNINGS[code].en)
        for code in warnings_of(copy_state, media_type_of(kind))
    ]


async def receive(
    service: StoredFileService[F, Any, U], owner_id: UUID, upload: U, request: Request, answer: Response
) -> F:
    """Store the body as a file of its owner. The same file again answers 200 with the existing one."""
    settings = service.work.runtime.settings
    length = declared_length(request, settings.attachment_limit_bytes)
    file, is_new = await service.receive(owner_id, upload, streamed(request, settings), length=length)
    if not is_new:
        answer.status_code = 200
    return file


def file_out(schema: type[FileOut], service: StoredFileService[F, Any, Any], file: F) -> FileOut:
    """A file as its readers see it, by the schema of its record."""
    return schema.of(
        file,
        media_type=media_type_of(file.kind),
        warnings=file_warnings(file.copy_state, file.kind),
        sha256=service.sha256(file),
        variants=service.all_variants(file),
    )


def link_out(work: UnitOfWork, path: str, token: str, link: Link) -> LinkOut:
    """The link to the content at `path` below the prefix of the API."""
    url = f"{work.runtime.settings.origin}{PREFIX}{path}?token={token}"
    expires_at, until = (datetime.fromtimestamp(at, UTC) for at in (link.expires_at, link.goes_on_until))
    return LinkOut(url=url, expires_at=expires_at, goes_on_until=until if until > expires_at else None)


async def serve(work: UnitOfWork, content: Content, range_: str | None, if_range: str | None) -> Response:
    """The content, whole or one range."""
    tag = entity_tag(content.file_id.hex, content.variant)
    part = wanted(range_, if_range, tag, content.size)
    start, stop = part or (0, content.size)
    pieces = read(work, content, start, stop)
    # Read the first chunk before the headers, so that a damaged or missing file is a problem and not half a file.
    first = await anext(pieces, b"")
    headers = _content_headers(content, tag) | {"Content-Length": str(stop - start)}
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{content.size}"
    return StreamingResponse(_from(first, pieces), 206 if part else 200, headers)


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def _content_headers(content: Content, tag: str) -> dict[str, str]:
    """No script runs in the reader's page, and the file name identifies nobody: browsers show and store names."""
    name = f"tep-dinh-kem-{content.file_id.hex[-8:]}.{content.kind.extension}"
    return {
        "Content-Type": content.content_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "Accept-Ranges": "bytes",
        "ETag": tag,
    }
