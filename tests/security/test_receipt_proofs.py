"""The keys of proofs of receipt: dated as people here date."""

from pathlib import Path

import time_machine

from app.security.receipt_proofs import ReceiptSigner


def test_the_first_key_begins_on_the_day_it_is_in_viet_nam(tmp_path: Path) -> None:
    with time_machine.travel("2026-01-01T18:00:00Z", tick=False):
        (key,) = ReceiptSigner(tmp_path).published()
    assert (key["from"], key["to"]) == ("2026-01-02", None)
