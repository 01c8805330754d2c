"""Entries as bytes, Merkle trees over them, and chained, signed blocks. No database access.

Trees follow RFC 6962 section 2.1: leaves are hashed with the prefix 0x00, nodes with 0x01. A block hash covers the
number, the previous block's hash, the root, the count and the sealing time; the signature (Ed25519) covers that hash.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.core.canonical_json import canonical
from app.security.crypto.key_files import ed25519, locked, new_ed25519

KEY = "audit.pem"
NOTHING_BEFORE = "0" * 64


def digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def leaf(body: str) -> bytes:
    return hashlib.sha256(b"\x00" + body.encode()).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root of at least one leaf."""
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return _node(root(leaves[:split]), root(leaves[split:]))


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The inclusion proof of leaf `index`: its siblings up to the root."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*path(leaves[:split], index), root(leaves[split:])]
    return [*path(leaves[split:], index - split), root(leaves[:split])]


def climbed(start: bytes, index: int, count: int, siblings: Sequence[bytes]) -> bytes:
    """The root computed from leaf `index` of `count` and its siblings. Raises ValueError for a wrong path length."""
    if count == 1:
        if siblings:
            raise ValueError("the path is too long")
        return start
    if not siblings:
        raise ValueError("the path is too short")
    split, *below = _split(count), *siblings[:-1]
    if index < split:
        return _node(climbed(start, index, split, below), siblings[-1])
    return _node(siblings[-1], climbed(start, index - split, count - split, below))


def block_hash(number: int, previous: str, tree: str, count: int, sealed_at: str) -> str:
    content = {"block": number, "count": count, "previous": previous, "root": tree, "sealed_at": sealed_at}
    return digest(canonical(content))


class Signer:
    """The key that signs blocks, in its own file in the key directory, created on first use."""

    def __init__(self, directory: Path) -> None:
        with locked(directory):
            if not (directory / KEY).exists():
                new_ed25519(directory / KEY)
        self._key = ed25519(directory / KEY)

    def sign(self, block: str) -> str:
        return self._key.sign(block.encode()).hex()

    @property
    def public(self) -> str:
        """The public key in hex, for storage out of the database administrator's reach."""
        return self._key.public_key().public_bytes_raw().hex()


def is_signed(block: str, signature: str, public: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), block.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1
