"""The object store after a fault: every file that was acknowledged, whole, and nothing of broken uploads."""

import asyncio
import hashlib
import os
import time
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from app.core.settings import Settings
from app.integrations.files import FileStore, StoredObject
from app.models.attachments import Attachment
from app.models.uploads.uploads import UploadFile
from app.repositories.attachments import AttachmentRepository
from app.security.access.scope import ALL
from app.security.crypto.streams import StreamKey
from app.services.attachments import AttachmentService
from app.services.setup.start import open_runtime
from app.services.stored_files import place_of
from tests.faults.ledger import Ledger
from tests.faults.site import Site

LONG_AGO_S = 3 * 24 * 3600
NAMED = ("data_dir", "secrets_dir", "database_url", "environment")


def check_files(site: Site, ledger: Ledger) -> int:
    """How many objects a sweep removed. Raises where a file does not read as it was sent, or more is left than files.

    Everything is made older than what a sweep spares.
    """
    folder = site.directory / "data" / "objects"
    before = _age(folder)
    settings = {name: site.environment.get(f"ATHD_{name.upper()}") for name in NAMED}
    names = asyncio.run(_swept(Settings.model_validate(settings), ledger))
    left = {file for file in folder.rglob("*") if file.is_file()}
    assert not [file for file in left if not file.name.isdigit()], "what a killed write left half done"
    assert {file.parent.name for file in left} == names, "an object of no file, or a file without its object"
    return before - len(left)


def _age(folder: Path) -> int:
    """How many objects there are."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    for file in files:
        os.utime(file, (time.time() - LONG_AGO_S,) * 2)
    return len(files)


async def _swept(settings: Settings, ledger: Ledger) -> set[str]:
    """The objects of the files that are there, each file read to its end, once a sweep is over."""
    runtime = open_runtime(settings)
    try:
        async with runtime.work(ALL, write=False) as work:
            await AttachmentService(work).sweep()
            repository = AttachmentRepository(work.session)
            attachments = [await repository.get(UUID(each)) for each in ledger.contents]
            for each in attachments:
                assert await _sha256(runtime.files, each) == ledger.contents[str(each.id)], "not the file that was sent"
            of_uploads = await work.session.scalars(select(UploadFile.object_name))
            return {*(each.object_name for each in attachments), *of_uploads}
    finally:
        await runtime.close()


async def _sha256(files: FileStore, attachment: Attachment) -> str:
    assert attachment.keys is not None, "destroyed, and nobody asked for it"
    stored = StoredObject(attachment.object_name, StreamKey.read(attachment.keys["original"]), attachment.size)
    digest = hashlib.sha256()
    where = place_of(attachment).aad(attachment.id, "original")
    async for piece in files.read(stored, where, 0, attachment.size):
        digest.update(piece)
    return digest.hexdigest()
