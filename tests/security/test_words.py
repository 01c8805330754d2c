"""The words a child copies down to come back to a report: 1,024, so ten bits each, typed with or without diacritics."""

from pathlib import Path

import app
from app.core.text import fold, normal

LETTERS = set("abcdefghijklmnopqrstuvwxyzăâđêôơư")
TONES = set("áàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ")
NOT_VIETNAMESE = set("fjwz")
# Without diacritics these read as an insult or a threat, whichever word was meant.
UNKIND = {"bom", "buoi", "cac", "chem", "chet", "cu", "cut", "dam", "deo", "dit", "du", "giet", "hiep", "lon", "ngu"}
RAW = (Path(app.__file__).parent / "security" / "receipts" / "words_vi.txt").read_bytes().decode("utf-8")
WORDS = RAW.removesuffix("\n").split("\n")


def test_there_are_1024_words() -> None:
    assert len(WORDS) == 1024


def test_the_file_is_nfc_with_unix_line_ends() -> None:
    assert normal(RAW) == RAW
    assert "\r" not in RAW
    assert RAW.endswith("\n")


def test_words_typed_without_diacritics_stay_distinct() -> None:
    assert len({fold(word) for word in WORDS}) == len(WORDS)


def test_every_word_has_two_to_six_lower_case_vietnamese_letters() -> None:
    allowed = (LETTERS | TONES) - NOT_VIETNAMESE
    assert [w for w in WORDS if not 2 <= len(w) <= 6 or set(w) - allowed] == []


def test_folding_leaves_plain_latin_letters() -> None:
    assert [w for w in WORDS if not fold(w).isascii() or not fold(w).isalpha()] == []


def test_words_stand_in_the_order_of_their_folded_form() -> None:
    assert [fold(w) for w in WORDS] == sorted(fold(w) for w in WORDS)


def test_no_word_reads_as_an_insult_or_a_threat_without_diacritics() -> None:
    assert {fold(word) for word in WORDS} & UNKIND == set()
