"""The keys of proofs of receipt: dated as people here date, and published before any proof is signed by them."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.security.crypto.key_files import write_whole
from app.security.receipts import signed_receipts
from app.security.receipts.signed_receipts import ReceiptSigner, SignedReceipt

DAY = date(2026, 1, 1)
RECEIPT = "một hai ba bốn năm sáu bảy tám"
Write = Callable[[Path, bytes], None]


def test_the_first_key_begins_on_the_day_it_is_in_viet_nam(tmp_path: Path) -> None:
    with time_machine.travel("2026-01-01T18:00:00Z", tick=False):
        (key,) = ReceiptSigner(tmp_path).published()
    assert (key["from"], key["to"]) == ("2026-01-02", None)


def is_good(proof: SignedReceipt, signer: ReceiptSigner) -> bool:
    """Verify with the published key that the proof names. Raises if the signature is invalid."""
    kid = json.loads(proof.payload)["kid"]
    public = next(bytes.fromhex(str(key["public"])) for key in signer.published() if key["kid"] == kid)
    Ed25519PublicKey.from_public_bytes(public).verify(urlsafe_b64decode(proof.signature), proof.payload.encode())
    return True


def dying_after(writes: int) -> Write:
    left = [writes]

    def write(path: Path, content: bytes) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        write_whole(path, content)

    return write


@pytest.mark.parametrize("writes", [0, 1])
@pytest.mark.parametrize("had_one", [False, True])
def test_every_proof_is_by_a_published_key_wherever_the_making_of_one_broke_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int, *, had_one: bool
) -> None:
    signer = ReceiptSigner(tmp_path)
    before = [signer.prove(RECEIPT, DAY)] if had_one else []
    with monkeypatch.context() as crash:
        crash.setattr(signed_receipts, "write_whole", dying_after(writes))
        with pytest.raises(KeyboardInterrupt):
            signer.rotate(DAY) if had_one else signer.published()
    for proof in (*before, ReceiptSigner(tmp_path).prove(RECEIPT, DAY)):
        assert is_good(proof, signer)
    assert [key["to"] is None for key in signer.published()].count(True) == 1
