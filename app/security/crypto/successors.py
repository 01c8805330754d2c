"""The successor of a refresh token, sealed under a key that only the token itself yields.

The database holds the token's digest and the sealed successor; neither opens the other.
"""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.security.crypto.sealing import Sealer

KEY_BYTES = 32
PURPOSE = b"refresh-successor"


def seal_successor(token: str, successor: str) -> str:
    return _sealer(token).seal(successor, PURPOSE.decode())


def open_successor(token: str, sealed: str) -> str:
    """Raises ValueError for another token's successor."""
    return _sealer(token).open(sealed, PURPOSE.decode())


def _sealer(token: str) -> Sealer:
    return Sealer(HKDF(SHA256(), KEY_BYTES, salt=None, info=PURPOSE).derive(token.encode()))
