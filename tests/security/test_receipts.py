"""Receipts: eight words that a child copies down and types as it can."""

import unicodedata
from pathlib import Path

import pytest

from app.core.text import fold
from app.security.receipts import receipts
from app.security.receipts.receipts import WORDS, new_receipt, receipt_digest, words

KEY = b"k" * 32
RECEIPT = "bánh biển cây đèn đường mèo núi xanh"


@pytest.mark.parametrize(
    "typed",
    [
        "banh bien cay den duong meo nui xanh",
        "BÁNH BIỂN CÂY ĐÈN ĐƯỜNG MÈO NÚI XANH",
        "bánh biển cây ðèn \u00d0ƯỜNG mèo núi xanh",
        "bánh biển cây đèn \u0189ường mèo núi xanh",
        "b\u00e1nh bie\u0309\u0302n cây đèn đường mèo núi\u00a0xanh\u200b",
        "ｂánh biển cây đèn đường mèo núi xanh",
        "  bánh,biển;cây - đèn\n đường/mèo.núi_xanh!  ",
        "1. bánh 2. biển 3. cây 4. đèn 5. đường 6. mèo 7. núi 8. xanh",
        unicodedata.normalize("NFD", RECEIPT),
    ],
)
def test_a_receipt_is_known_however_it_is_typed(typed: str) -> None:
    assert receipt_digest(typed, KEY) == receipt_digest(RECEIPT, KEY)


@pytest.mark.parametrize("other", ["", "bánh", RECEIPT + " xanh", "biển bánh cây đèn đường mèo núi xanh"])
def test_other_words_or_another_order_are_another_receipt(other: str) -> None:
    assert receipt_digest(other, KEY) != receipt_digest(RECEIPT, KEY)


def test_digest_reveals_nothing_without_the_key() -> None:
    assert receipt_digest(RECEIPT, KEY) != receipt_digest(RECEIPT, b"x" * 32)


def test_a_new_receipt_is_eight_words_of_the_list_and_never_the_same() -> None:
    made = {new_receipt() for _ in range(200)}
    assert len(made) == 200
    for receipt in made:
        assert len(receipt.split(" ")) == WORDS
        assert set(receipt.split(" ")) <= set(words())
        assert receipt_digest(fold(receipt), KEY) == receipt_digest(receipt, KEY)


def test_a_list_whose_words_read_alike_without_diacritics_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "words_vi.txt").write_text("\n".join(["má", "mà", *words()[2:]]), "utf-8")
    monkeypatch.setattr(receipts, "files", lambda _: tmp_path)
    words.cache_clear()
    try:
        with pytest.raises(ValueError, match="differ without diacritics"):
            words()
    finally:
        words.cache_clear()
