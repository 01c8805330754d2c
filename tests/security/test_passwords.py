"""Passwords: argon2id, two at a time, with equal timing for unknown users."""

import asyncio
import re
import threading
from typing import Any

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from app.security.crypto.passwords import PARALLEL, Passwords, first_password

WORD = "mật khẩu bịa để thử"


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(memory_kib=64)


async def test_a_hash_opens_for_its_password_only(passwords: Passwords) -> None:
    known = await passwords.hash(WORD)
    assert await passwords.verify(WORD, known)
    assert not await passwords.verify(WORD + "x", known)
    assert not await passwords.verify("", known)


async def test_it_is_argon2id_with_its_own_salt(passwords: Passwords) -> None:
    one, other = await passwords.hash(WORD), await passwords.hash(WORD)
    assert one != other
    assert one.startswith("$argon2id$v=19$m=64,t=3,p=4$")


async def test_nobody_is_opened_by_no_password_and_costs_the_same(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    genuine = Argon2Hasher.verify

    def verify(self: Argon2Hasher, password: str, known: str) -> bool:
        asked.append(known.rsplit("$", 2)[0])
        return genuine(self, password, known)

    known = await passwords.hash(WORD)
    monkeypatch.setattr(Argon2Hasher, "verify", verify)
    monkeypatch.delattr(Argon2Hasher, "hash")
    assert not await passwords.verify(WORD, known=None)
    assert not await passwords.verify("x", known)
    assert asked[0] == asked[1] == known.rsplit("$", 2)[0]
    assert [len(part) for part in passwords.nobody.split("$")] == [len(part) for part in known.split("$")]


async def test_even_the_password_of_nobody_opens_nothing(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Passwords, "nobody", await passwords.hash(WORD))
    assert not await passwords.verify(WORD, None)


async def test_letters_count_however_they_are_composed(passwords: Passwords) -> None:
    known = await passwords.hash("e\u0302\u0301" * 12)
    assert await passwords.verify("ế" * 12, known)
    assert not await passwords.verify("e" * 12, known)


async def test_two_at_a_time_and_off_the_loop(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, lock = 0, 0, threading.Lock()
    genuine = Argon2Hasher.hash

    def counted(self: Argon2Hasher, password: str, **more: Any) -> str:
        nonlocal running, most
        assert threading.current_thread() is not threading.main_thread()
        with lock:
            running += 1
            most = max(most, running)
        try:
            return genuine(self, password, **more)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(Argon2Hasher, "hash", counted)
    await asyncio.gather(*(passwords.hash(WORD) for _ in range(12)))
    assert most <= PARALLEL


def test_a_first_password_is_80_random_bits_that_can_be_read_aloud() -> None:
    made = {first_password() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"[0-9a-f]{4}(-[0-9a-f]{4}){4}", each) for each in made)
