"""Office files as archives of the same bytes: members in order, without the time of writing."""

import io
import zipfile
from typing import Final

NEVER: Final = (1980, 1, 1, 0, 0, 0)
READABLE: Final = 0o600 << 16


def repacked(archive: bytes) -> bytes:
    """The archive with its members as they are, each of the same fixed time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            member = zipfile.ZipInfo(name, NEVER)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, READABLE
            target.writestr(member, source.read(name))
    return packed.getvalue()
