"""Envelope encryption: a wrapping key outside the database wraps the data key of each case (AES-256-GCM).

Wrapping keys are stored with the signing keys. A rotation adds a new one; the worker rewraps all data keys while the
server runs, then destroys the old one.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.core.time import utc_now
from app.models.platform.data_keys import DataKey
from app.security.crypto.key_files import locked, own, parsed, write_whole
from app.security.crypto.sealing import Sealer

WRAPPING = "wrapping.json"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class DataCipher:
    """An unwrapped data key. Its id is part of the associated data: a value opens only under its own key and row."""

    key_id: UUID
    sealer: Sealer
    is_shredded: bool = False

    def seal(self, text: str, aad: str) -> str:
        return self.sealer.seal(text, f"{aad}|{self.key_id}")

    def open(self, sealed: str, aad: str) -> str:
        """Raises ValueError if the value was altered, moved, or sealed with another key."""
        return self.sealer.open(sealed, f"{aad}|{self.key_id}")


class Vault:
    """Creates, opens and rewraps data keys. Reloads the wrapping keys after another process rotates them."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / WRAPPING
        self._stamp = (0, 0)
        self._keys: Mapping[str, Sealer] = {}
        self._retired: dict[str, datetime] = {}
        self._current = ""
        with locked(directory):
            if not self._path.exists():
                self._save({"keys": {}, "retired": {}}, _made())
        self._read()

    @property
    def current(self) -> str:
        self._look()
        return self._current

    @property
    def names(self) -> frozenset[str]:
        self._look()
        return frozenset(self._keys)

    def new_key(self, at: datetime, key_id: UUID | None = None) -> tuple[DataKey, DataCipher]:
        """A new data key, to add to the session of the rows that it seals, and its cipher."""
        columns, cipher = self.new_row(at, key_id)
        return DataKey(**columns), cipher

    def new_row(self, at: datetime, key_id: UUID | None = None) -> tuple[dict[str, Any], DataCipher]:
        """The same as the columns of a row that is inserted without an object."""
        key_id, plain = key_id or new_id(), secrets.token_bytes(KEY_BYTES)
        wrapping = self.current
        wrapped = self._wrap(plain, key_id, wrapping)
        columns = {"id": key_id, "wrapping": wrapping, "wrapped": wrapped, "created_at": at}
        return columns, DataCipher(key_id, Sealer(plain))

    def cipher(self, key: DataKey) -> DataCipher:
        """Raises ValueError if the wrapping key is missing or the wrapped key was altered."""
        return DataCipher(key.id, Sealer(self._unwrap(key)))

    def rewrap(self, key: DataKey) -> None:
        """Wrap a data key with the current wrapping key; the sealed values do not change."""
        plain = self._unwrap(key)
        key.wrapping = self.current
        key.wrapped = self._wrap(plain, key.id, key.wrapping)

    def rotate(self) -> str:
        """Create a new wrapping key and make it current."""
        with locked(self._path.parent):
            known = self._entries()
            known["retired"][known["current"]] = utc_now().isoformat()
            self._save(known, _made())
        self._read()
        return self._current

    def destroy(self, wrapping: str) -> None:
        """Destroy a wrapping key permanently. Raises ValueError for the current one."""
        with locked(self._path.parent):
            known = self._entries()
            if wrapping == known["current"]:
                raise ValueError("the current wrapping key is in use")
            known["keys"].pop(wrapping, None)
            known["retired"].pop(wrapping, None)
            write_whole(self._path, json.dumps(known).encode())
        self._read()

    @property
    def former(self) -> dict[str, datetime]:
        """Former wrapping keys, and when each was retired."""
        self._look()
        return dict(self._retired)

    def _wrap(self, plain: bytes, key_id: UUID, wrapping: str) -> str:
        return base64.b64encode(self._keys[wrapping].seal_bytes(plain, _bound(key_id, wrapping))).decode()

    def _unwrap(self, key: DataKey) -> bytes:
        self._look()
        wrapping = self._keys.get(key.wrapping)
        if wrapping is None:
            raise ValueError("the wrapping key is gone")
        return wrapping.open_bytes(base64.b64decode(key.wrapped), _bound(key.id, key.wrapping))

    def _look(self) -> None:
        if self._stamp_on_disk() != self._stamp:
            self._read()

    def _stamp_on_disk(self) -> tuple[int, int]:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_ino

    def _entries(self) -> Any:  # noqa: ANN401 — JSON
        return parsed(own(self._path))

    def _read(self) -> None:
        stamp, entries = self._stamp_on_disk(), self._entries()
        self._keys = {name: Sealer(base64.b64decode(key)) for name, key in entries["keys"].items()}
        self._retired = {name: datetime.fromisoformat(at) for name, at in entries["retired"].items()}
        self._current, self._stamp = str(entries["current"]), stamp

    def _save(self, known: Any, made: tuple[str, str]) -> None:  # noqa: ANN401 — JSON
        name, key = made
        content = {**known, "current": name, "keys": {**known["keys"], name: key}}
        write_whole(self._path, json.dumps(content).encode())


def _made() -> tuple[str, str]:
    return secrets.token_hex(8), base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _bound(key_id: UUID, wrapping: str) -> bytes:
    return f"v1|data_key|{key_id}|{wrapping}".encode()
