"""Encrypted fields: narratives and identities are encrypted together in one column of their row.

A row's fields are readable only after it has its cipher (repositories attach it); until then reading one raises
LookupError, so that a list cannot decrypt by accident.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import InitVar
from datetime import date
from typing import Any, Final, Generic, Protocol, Self, TypeVar, overload
from uuid import UUID

from sqlalchemy import inspect
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from app.models.base import LongText, refers

T = TypeVar("T")
WRITTEN: Final = json.JSONEncoder(ensure_ascii=False)


class Cipher(Protocol):
    """Encrypts a document with the key `key_id`, bound to its row by `aad`; `is_shredded` if that key is destroyed."""

    @property
    def key_id(self) -> UUID: ...

    @property
    def is_shredded(self) -> bool: ...

    def seal(self, text: str, aad: str) -> str: ...

    def open(self, sealed: str, aad: str) -> str: ...


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


class EncryptedField(Generic[T]):
    """An encrypted attribute of a row. `read` converts the JSON value to its type; None stays None."""

    def __init__(self, read: Callable[[Any], T] = lambda value: value) -> None:
        self._read = read

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, row: None, owner: type) -> T | None: ...
    @overload
    def __get__(self, row: "EncryptedRow", owner: type) -> T | None: ...
    def __get__(self, row: "EncryptedRow | None", owner: type) -> T | None:
        # On the class, this is the dataclass default.
        value = row.words().get(self._name) if row is not None else None
        return None if value is None else self._read(value)

    def __set__(self, row: "EncryptedRow", value: T | None) -> None:
        row.write(self._name, _plain(value))


class EncryptedRow(MappedAsDataclass, kw_only=True):
    """A row with encrypted fields, under the cipher of its case; a row with no value needs no cipher."""

    cipher: InitVar[Cipher | None] = None
    sealed: Mapped[LongText | None] = mapped_column(default=None, init=False)
    key_id: Mapped[UUID | None] = mapped_column(refers("data_key.id"), default=None, init=False)

    def __post_init__(self, cipher: Cipher | None) -> None:
        if cipher is not None:
            self.key_id = cipher.key_id
            self.unlock(cipher)

    def unlock(self, cipher: Cipher) -> Self:
        """Attach the cipher and encrypt the fields already set."""
        self.__dict__["_cipher"] = cipher
        if self.sealed is None and self.__dict__.get("_words"):
            self._seal()
        return self

    @property
    def is_shredded(self) -> bool:
        """Whether the attached cipher stands for a destroyed key."""
        cipher = self.__dict__.get("_cipher")
        return cipher is not None and cipher.is_shredded

    @property
    def has_unsealed_words(self) -> bool:
        """Whether fields are set but not encrypted, or under a key that the row does not name: a flush loses them."""
        is_set = any(word is not None for word in self.__dict__.get("_words", {}).values())
        return is_set and (self.sealed is None or self.key_id is None)

    @property
    def row_cipher(self) -> Cipher:
        """The attached cipher, for other rows of the case. Raises LookupError if there is none."""
        cipher: Cipher | None = self.__dict__.get("_cipher")
        if cipher is None:
            raise LookupError("a sealed row was not given its cipher")
        return cipher

    def words(self) -> dict[str, Any]:
        """The decrypted fields. Raises LookupError if the row has no cipher."""
        kept: dict[str, Any] | None = self.__dict__.get("_words")
        if kept is not None and self.__dict__.get("_opened") == self.sealed:
            return kept
        opened = {} if self.sealed is None else json.loads(self.row_cipher.open(self.sealed, self._aad()))
        self.__dict__.update(_words=opened, _opened=self.sealed)
        return dict(opened)

    def write(self, name: str, value: object) -> None:
        if value is None and self.sealed is None and name not in self.__dict__.get("_words", {}):
            return
        # A new row gets its cipher after its fields; without one, writing to a loaded row would lose the values.
        is_new = inspect(self).key is None
        self.__dict__["_words"] = {**self.words(), name: value}
        if "_cipher" in self.__dict__ or not is_new:
            self._seal()

    @classmethod
    def sealed_as(cls, key: UUID, cipher: Cipher, words: Mapping[str, object]) -> dict[str, object]:
        """The columns of a row that is inserted without an object: its words under a cipher."""
        said = {name: value for name, value in words.items() if value is not None}
        aad = _aad_of(inspect(cls).local_table.name, key)
        return {"key_id": cipher.key_id, "sealed": _sealed(cipher, said, aad) if said else None}

    def _seal(self) -> None:
        self.sealed = _sealed(self.row_cipher, self.__dict__["_words"], self._aad())
        self.__dict__["_opened"] = self.sealed

    def _aad(self) -> str:
        (key,) = inspect(type(self)).primary_key
        return _aad_of(key.table.name, getattr(self, key.name))


def _aad_of(table: str, key: object) -> str:
    return f"v1|{table}|{key}"


def _sealed(cipher: Cipher, words: Mapping[str, object], aad: str) -> str:
    return cipher.seal(WRITTEN.encode(words), aad)
