"""What a file is by its content alone, and what is refused: what is not recognised, or harms who opens it."""

import pytest

from app.core.problems import Problem
from app.security.files.contents import KINDS, Kind
from app.security.files.recognition import HEAD_BYTES, Watch, recognise, settle
from tests.files.archives import ARCHIVES, HONEST
from tests.files.bombs import BOMBS, WITHOUT_COPY
from tests.files.samples import PDF, TEXT, box, jpeg, samples

SAMPLES = samples()
REFUSALS = {"file_not_taken", "file_refused", "archive_unsafe", "macros_refused"}


def judge(content: bytes) -> Kind:
    kind = recognise(content[:HEAD_BYTES])
    if kind.whole:
        return settle(kind, content)
    Watch(kind).feed(content, is_last=True)
    return kind


def refusal_of(content: bytes) -> Problem:
    with pytest.raises(Problem) as refusal:
        judge(content)
    return refusal.value


def test_there_is_a_sample_of_every_kind() -> None:
    assert set(SAMPLES) == set(KINDS)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_is_of_the_kind_that_its_content_shows(name: str) -> None:
    assert judge(SAMPLES[name]).name == name


@pytest.mark.parametrize("name", HONEST)
def test_an_office_file_of_another_writer_is_recognised(name: str) -> None:
    made, kind = HONEST[name]
    assert judge(made()).name == kind


@pytest.mark.parametrize("name", WITHOUT_COPY)
def test_a_picture_or_page_that_nobody_can_open_is_recognised(name: str) -> None:
    judge(WITHOUT_COPY[name][1]())


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused(name: str) -> None:
    assert refusal_of(BOMBS[name]()).type.code in REFUSALS


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_that_reaches_outside_or_holds_macros_is_refused_for_what_it_is(name: str) -> None:
    made, code = ARCHIVES[name]
    assert refusal_of(made()).type.code == code


BRANDS = {
    "qt  ": "mov",
    "isom": "mp4",
    "mp42": "mp4",
    "M4V ": "mp4",
    "MSNV": "mp4",
    "3gp5": "3gp",
    "3g2a": "3gp",
    "M4A ": "m4a",
    "heix": "heic",
    "hevc": "heic",
    "avis": "avif",
}


@pytest.mark.parametrize("brand", BRANDS)
def test_the_brand_of_a_telephone_says_what_it_is(brand: str) -> None:
    content = box(b"ftyp", brand.encode() + bytes(4)) + box(b"meta", bytes(4))
    assert judge(content).name == BRANDS[brand]


@pytest.mark.parametrize(("later", "kind"), [(b"heic", "heic"), (b"avif", "avif"), (b"hevc", "heic")])
def test_a_general_brand_of_pictures_is_read_with_those_after_it(later: bytes, kind: str) -> None:
    assert judge(box(b"ftyp", b"mif1" + bytes(4) + b"mif1" + later) + box(b"meta", bytes(4))).name == kind


def test_an_unknown_brand_is_read_with_those_after_it() -> None:
    assert judge(box(b"ftyp", b"zzzz" + bytes(4) + b"zzzzmp42") + box(b"mdat", b"")).name == "mp4"


@pytest.mark.parametrize("first", [b"wide", b"free", b"skip", b"mdat", b"moov"])
def test_a_film_without_a_brand_is_of_quicktime(first: bytes) -> None:
    assert judge(box(first, b"") + box(b"mdat", bytes(64))).name == "mov"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"HTTP/1.1 200 OK\r\n\r\n", bytes(1000), b"\n" * 1019])
def test_bytes_before_the_header_of_a_pdf_are_passed_over(before: bytes) -> None:
    assert judge(before + PDF).name == "pdf"


@pytest.mark.parametrize("after", [b"\0" * 2048, b"\n" * 5000, b"<html>" * 500])
def test_bytes_after_the_end_of_a_pdf_are_passed_over(after: bytes) -> None:
    assert judge(PDF + after).name == "pdf"


WORDS = ["The wide road\n", "Đi free nhé\n", "Tên skip\n", "a b mdat\n", "%PDF\n"]


@pytest.mark.parametrize("text", WORDS)
def test_a_text_that_begins_with_a_word_of_a_format_is_a_text(text: str) -> None:
    assert judge(text.encode()).name == "text"


@pytest.mark.parametrize("content", [b" " * 1024 + PDF, "Tệp PDF bắt đầu bằng %PDF-1.7".encode()])
def test_a_text_that_mentions_the_header_is_a_text(content: bytes) -> None:
    assert judge(content).name == "text"


FOUND = {
    "program": b"MZ\x90\0" + bytes(64),
    "rar": b"Rar!\x1a\x07\x01\0" + bytes(64),
    "7z": b"7z\xbc\xaf\x27\x1c\0\4",
    "compressed": b"\x1f\x8b\x08\0\0\0\0\0",
    "archive": BOMBS["an archive that is no office file"](),
    "rtf": b"{\\rtf1 x}",
    "legacy_text": "Trường".encode("cp1258", "ignore") + b"\xfb",
    "unknown": b"\0\1\2\3" * 20,
    "media": box(b"ftyp", b"zzzz" + bytes(4)),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_not_taken_is_named(name: str) -> None:
    problem = refusal_of(FOUND[name])
    assert (problem.type.code, problem.extra) == ("file_not_taken", {"found": name})
    assert problem.detail is not None
    assert problem.detail.vi.startswith("Tìm thấy: ")
    assert "image/jpeg" in problem.headers["Accept"]


def test_a_letter_cut_at_the_head_is_not_cut_in_two() -> None:
    """The head of a text may end within a letter."""
    content = b"a" + TEXT * (2 * HEAD_BYTES // len(TEXT))
    kind = recognise(content[:HEAD_BYTES])
    watch = Watch(kind)
    for at in range(0, len(content), 7):
        watch.feed(content[at : at + 7])
    watch.feed(b"", is_last=True)


def test_a_picture_with_a_large_first_segment_is_recognised() -> None:
    plain = jpeg()
    large = b"\xff\xd8\xff\xe1\xff\xff" + b"Exif\0\0" + bytes(65_527)
    assert judge(large + plain[2:]).name == "jpeg"
