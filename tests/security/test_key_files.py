"""Key files: for their owner alone, and of the kind that they are to be."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.security.crypto.key_files import ed25519, new_ed25519, pem, write_whole


def test_a_new_key_is_read_back_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "a.pem"
    made = new_ed25519(path)
    assert ed25519(path).private_bytes_raw() == made.private_bytes_raw()
    path.chmod(0o640)
    with pytest.raises(PermissionError):
        ed25519(path)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.pem", pem(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(TypeError, match="is no Ed25519 key"):
        ed25519(tmp_path / "a.pem")
