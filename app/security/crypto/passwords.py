"""Passwords: argon2id by pwdlib, outside the event loop, two at a time; unknown users cost as much as known ones."""

import asyncio
import base64
import secrets
from functools import cached_property

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.core.text import fold, normal

MIN_LENGTH = 12
MAX_LENGTH = 256
PARALLEL = 2
STRONG = 3  # of 4
WEIGHED = 32  # characters: the check is quadratic, and longer passwords are strong anyway
PASSES, LANES = 3, 4
SALT, RESULT = 16, 32  # bytes


class Passwords:
    """Passwords are hashed as NFC: keyboards encode "ế" differently (NIST SP 800-63B section 5.1.1.2)."""

    def __init__(self, memory_kib: int) -> None:
        self._memory_kib = memory_kib
        argon2 = Argon2Hasher(PASSES, memory_kib, LANES, RESULT, SALT)
        self._hasher = PasswordHash([argon2])
        self._gate = asyncio.Semaphore(PARALLEL)

    @cached_property
    def nobody(self) -> str:
        """The hash verified for unknown users. Random rather than computed, so that its first use costs no more."""
        return self.unusable()

    def unusable(self) -> str:
        """A hash that no password has, of an account that has none yet."""
        salt, result = (base64.b64encode(secrets.token_bytes(n)).decode().rstrip("=") for n in (SALT, RESULT))
        return f"$argon2id$v=19$m={self._memory_kib},t={PASSES},p={LANES}${salt}${result}"

    async def hash(self, password: str) -> str:
        async with self._gate:
            return await asyncio.to_thread(self._hasher.hash, normal(password))

    async def verify(self, password: str, known: str | None) -> bool:
        """Whether `password` matches the hash `known`; with None, False after the same time."""
        async with self._gate:
            opens = await asyncio.to_thread(self._hasher.verify, normal(password), known or self.nobody)
        return opens and known is not None

    async def is_guessable(self, password: str, username: str) -> bool:
        """Whether about 10^8 guesses by dictionaries and patterns find it (zxcvbn). Computes for up to 0.3 s."""
        async with self._gate:
            return await asyncio.to_thread(_is_guessable, password, username)


def _is_guessable(password: str, username: str) -> bool:
    from zxcvbn import zxcvbn

    known = [username, *username.split(".")]
    return bool(zxcvbn(fold(password)[:WEIGHED], user_inputs=known)["score"] < STRONG)


def first_password() -> str:
    """A random first password of 80 bits, to be changed at the first sign-in."""
    return "-".join(secrets.token_hex(2) for _ in range(5))
