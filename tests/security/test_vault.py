"""Data keys open with the wrapping key they were wrapped with, wherever it was rotated, and with nothing else."""

from pathlib import Path

import pytest

from app.core.time import utc_now
from app.models.platform.data_keys import DataKey
from app.security.crypto.vault import WRAPPING, Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def test_what_a_data_key_seals_opens_again_after_it_was_unwrapped(vault: Vault) -> None:
    row, cipher = vault.new_key(utc_now())
    sealed = cipher.seal("Lời kể bịa", "v1|incident|1")
    assert vault.cipher(row).open(sealed, "v1|incident|1") == "Lời kể bịa"
    assert "Lời kể bịa" not in sealed


def test_neither_place_nor_key_may_be_another(vault: Vault) -> None:
    (_, one), (_, other) = vault.new_key(utc_now()), vault.new_key(utc_now())
    sealed = one.seal("bí mật", "v1|incident|1")
    for cipher, aad in ((one, "v1|incident|2"), (other, "v1|incident|1")):
        with pytest.raises(ValueError, match="does not open here"):
            cipher.open(sealed, aad)


def test_a_wrapped_key_given_to_another_row_does_not_open(vault: Vault) -> None:
    (one, _), (other, _) = vault.new_key(utc_now()), vault.new_key(utc_now())
    forged = DataKey(id=other.id, wrapping=one.wrapping, wrapped=one.wrapped, created_at=utc_now())
    with pytest.raises(ValueError, match="does not open"):
        vault.cipher(forged)


def test_rotation_goes_on_opening_and_a_destroyed_key_opens_nothing(vault: Vault, tmp_path: Path) -> None:
    first = vault.current
    (old, cipher), (lost, _) = vault.new_key(utc_now()), vault.new_key(utc_now())
    sealed = cipher.seal("bí mật", "p")
    elsewhere = Vault(tmp_path)
    assert vault.rotate() != first
    assert elsewhere.current == vault.current, "another process sees it at once"
    assert list(vault.former) == [first]
    vault.rewrap(old)
    assert (old.wrapping, vault.cipher(old).open(sealed, "p")) == (vault.current, "bí mật")
    with pytest.raises(ValueError, match="in use"):
        vault.destroy(vault.current)
    elsewhere.destroy(first)
    assert vault.cipher(old).open(sealed, "p") == "bí mật"
    with pytest.raises(ValueError, match="gone"):
        vault.cipher(lost)


def test_nobody_else_may_read_the_wrapping_keys(vault: Vault, tmp_path: Path) -> None:
    assert (tmp_path / WRAPPING).stat().st_mode & 0o077 == 0
    (tmp_path / WRAPPING).chmod(0o644)
    with pytest.raises(PermissionError):
        Vault(tmp_path)
    assert vault.current
