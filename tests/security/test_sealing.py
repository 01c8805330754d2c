"""Sealed values open unchanged, where they were sealed, with the same key, or not at all."""

import base64

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from app.security.crypto.sealing import Sealer

SEALER = Sealer(b"k" * 32)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_with_its_aad(text: str, aad: str) -> None:
    assert SEALER.open(SEALER.seal(text, aad), aad) == text


@given(st.binary(), st.binary())
def test_so_do_bytes(plain: bytes, aad: bytes) -> None:
    assert SEALER.open_bytes(SEALER.seal_bytes(plain, aad), aad) == plain


def test_a_value_that_was_sealed_before_opens() -> None:
    """The form on disk: base64 of a nonce of twelve bytes, the ciphertext and the tag."""
    nonce = bytes(range(12))
    sealed = base64.b64encode(nonce + AESGCM(b"k" * 32).encrypt(nonce, "bí mật".encode(), b"a")).decode()
    assert SEALER.open(sealed, "a") == "bí mật"


def test_same_text_is_sealed_differently_each_time() -> None:
    one, other = SEALER.seal("bí mật", "a"), SEALER.seal("bí mật", "a")
    assert one != other
    assert "bí mật".encode() not in base64.b64decode(one)


def test_sealed_value_does_not_open_in_another_context_or_key() -> None:
    sealed = SEALER.seal("bí mật", "totp:a")
    for sealer, aad in ((SEALER, "totp:b"), (Sealer(b"x" * 32), "totp:a")):
        with pytest.raises(ValueError, match="does not open here"):
            sealer.open(sealed, aad)


def test_changed_or_cut_anywhere_it_does_not_open() -> None:
    raw = base64.b64decode(SEALER.seal("bí mật", "a"))
    for index in range(len(raw)):
        changed = bytearray(raw)
        changed[index] ^= 1
        with pytest.raises(ValueError, match="does not open here"):
            SEALER.open(base64.b64encode(changed).decode(), "a")
    for length in (0, 5, 12, len(raw) - 1):
        with pytest.raises(ValueError):  # noqa: PT011 — the library's own words for what is too short
            SEALER.open(base64.b64encode(raw[:length]).decode(), "a")
