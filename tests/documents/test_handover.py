"""The hand-over sheet. Every person, unit and event here is invented."""

import io
import json
import re
import traceback
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from multiprocessing import get_context
from typing import Any

import pytest
import typst
from pypdf import PageObject, PdfReader
from pypdf.generic import DictionaryObject

from app.documents import handover
from app.documents.handover import HandoverSheet, render_handover
from app.documents.letters import LAYOUT, drawable, drawn
from app.documents.typesetting import typeset_as

SHEET = HandoverSheet(
    number=5,
    year=2026,
    symbol="PCG-ATHĐ",
    issuing_unit="Trường Trung học cơ sở Thử Nghiệm",
    parent_unit="Ủy ban nhân dân xã Thử Nghiệm",
    place="Thử Nghiệm",
    issued_on=date(2026, 2, 3),
    recipient_name="Tổng đài điện thoại quốc gia bảo vệ trẻ em",
    recipient_number="111",
    incident_code="VV-2026-7K3M9Q",
    what="Bạo lực học đường: Bạo lực thể chất",
    occurred=datetime(2026, 2, 2, 10, 15, tzinfo=UTC),
    where="Cổng trường – trước quán nước",
    school="Trường Trung học cơ sở Thử Nghiệm Hai",
    referral_code="CG-2026-2F8XRA",
    channel="Điện thoại",
    made_at=datetime(2026, 2, 2, 20, 5, tzinfo=UTC),
    issuer_contact="Số 1, đường Thử; ĐT: 02753822000; thư điện tử: van.thu@mau.example",
    contact_person="Bà Minh, trực ca đêm",
    reference_given="TĐ-0099",
    summary_vi="Sau giờ học, em bị một nhóm bạn chặn ở cổng trường và đánh. Em hoảng sợ, không muốn đến lớp.",
    child_line="01 trẻ, nữ, khoảng 12 tuổi",
    requested_action="Đề nghị tư vấn tâm lý cho em và gia đình.",
    acknowledgement_due=datetime(2026, 11, 30, 17, 0, tzinfo=UTC),
    signer_title="Hiệu trưởng",
    signer_name="Lê Văn Thử",
)
TEXTS = [field.name for field in fields(HandoverSheet) if field.type in (str, str | None)]
LABELS = [
    "Mã vụ việc",
    "Nội dung vụ việc",
    "Thời gian xảy ra",
    "Nơi xảy ra",
    "Cơ sở giáo dục",
    "Mã chuyển giao",
    "Kênh chuyển giao",
    "Thời điểm chuyển",
    "Liên hệ đơn vị chuyển",
    "Đầu mối nơi nhận",
    "Số tham chiếu đã nhận",
    "Trẻ em liên quan",
    "Đề nghị xác nhận trước",
    "Tóm tắt vụ việc",
    "Nội dung đề nghị",
]
MARKUP = '#include "/etc/passwd" #eval("1") $x^2$ *b* _i_ `r` = h <l> @ref \\ \\u{41} // c /* d */ -- ... ~ {{ %s'
WIDEST_LINE = 46  # capital W's of the smallest text, 11 pt, between the margins
A4_POINTS = (595, 842)


def with_text(field: str, text: str) -> HandoverSheet:
    changed: dict[str, Any] = {field: text}
    return replace(SHEET, **changed)


def opened(sheet: HandoverSheet) -> PdfReader:
    return PdfReader(io.BytesIO(render_handover(sheet)))


def text_of(sheet: HandoverSheet) -> str:
    return "\n".join(page.extract_text() for page in opened(sheet).pages)


def squeezed(text: str) -> str:
    return "".join(text.split()).casefold()


def assert_shows(sheet: HandoverSheet, expected: str) -> None:
    assert squeezed(expected) in squeezed(text_of(sheet))


@pytest.mark.parametrize(
    "part",
    [
        "ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM",
        "TRƯỜNG TRUNG HỌC CƠ SỞ THỬ NGHIỆM",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 05/PCG-ATHĐ",
        "Thử Nghiệm, ngày 03 tháng 02 năm 2026",
        "PHIẾU CHUYỂN GIAO THÔNG TIN",
        "Kính gửi: Tổng đài điện thoại quốc gia bảo vệ trẻ em (số 111)",
        "Nơi nhận:",
        "HIỆU TRƯỞNG",
        "Lê Văn Thử",
    ],
)
def test_it_has_the_parts_of_an_official_document(part: str) -> None:
    assert part in " ".join(text_of(SHEET).split())


def test_the_partner_finds_room_to_answer_by_hand() -> None:
    text = text_of(SHEET)
    for line in ("Người tiếp nhận", "Thời điểm tiếp nhận", "Số tham chiếu của nơi", "Kết quả xử lý", "Phản hồi"):
        assert line in text


def test_it_warns_that_it_holds_a_childs_private_life() -> None:
    pages = opened(replace(SHEET, summary_vi="Lời kể dài. " * 600)).pages
    assert len(pages) > 1
    for page in pages:
        assert "Tài liệu chứa thông tin riêng tư của trẻ em – không sao chụp, không đăng tải" in page.extract_text()


def test_it_is_one_a4_page() -> None:
    (page,) = opened(SHEET).pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == A4_POINTS


def test_times_are_shown_in_viet_nam() -> None:
    text = text_of(SHEET)
    assert "17 giờ 15 phút, ngày 02 tháng 02 năm 2026" in text
    assert "03 giờ 05 phút, ngày 03 tháng 02 năm 2026" in text
    assert "00 giờ 00 phút, ngày 01 tháng 12 năm 2026" in text


@pytest.mark.parametrize("field", ["made_at", "acknowledgement_due", "occurred"])
def test_a_moment_without_a_zone_is_refused(field: str) -> None:
    changed: dict[str, Any] = {field: datetime(2026, 2, 2, 20, 5)}  # noqa: DTZ001 — the refused case
    with pytest.raises(ValueError, match="time zone"):
        replace(SHEET, **changed)


def test_what_happened_on_an_unknown_hour_is_given_by_its_day() -> None:
    assert "ngày 01 tháng 3 năm 2026" in text_of(replace(SHEET, occurred=date(2026, 3, 1)))
    assert dotted_lines(replace(SHEET, occurred=None)) > dotted_lines(SHEET)


def test_missing_number_and_time_limit_leave_no_gap() -> None:
    bare = text_of(replace(SHEET, recipient_number=None, acknowledgement_due=None))
    for label in ("(số", "Đề nghị xác nhận trước"):
        assert label in text_of(SHEET)
        assert label not in bare


@pytest.mark.parametrize("field", TEXTS)
def test_an_empty_text_leaves_its_label_and_a_dotted_line_to_write_on(field: str) -> None:
    assert dotted_lines(with_text(field, " ")) > dotted_lines(SHEET)
    labels = ["Số: 05/", "Kính gửi:", *LABELS, "(Ký, ghi rõ họ tên, đóng dấu)"]
    assert [label for label in labels if label not in text_of(with_text(field, ""))] == []


def dotted_lines(sheet: HandoverSheet) -> int:
    """Strokes drawn with a dash pattern other than the empty one."""
    drawing = b"".join(page.get_contents().get_data() for page in opened(sheet).pages)  # type: ignore[union-attr]
    return len(re.findall(rb"\[[^\]]*\d[^\]]*\]\s*\S+ d\b", drawing))


def test_the_same_sheet_gives_the_same_bytes_in_any_process() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        assert other.submit(render_handover, SHEET).result() == render_handover(SHEET)
    assert render_handover(replace(SHEET, number=6)) != render_handover(SHEET)


def test_it_is_fit_for_the_archive() -> None:
    reader = opened(SHEET)
    metadata = reader.xmp_metadata
    assert metadata is not None
    assert (metadata.pdfaid_part, metadata.pdfaid_conformance) == ("2", "B")
    fonts = [font for page in reader.pages for font in _fonts(page)]
    assert fonts
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)


def _fonts(page: DictionaryObject) -> list[DictionaryObject]:
    resources = page["/Resources"]
    assert isinstance(resources, DictionaryObject)
    found = resources["/Font"]
    assert isinstance(found, DictionaryObject)
    return [
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for font in found.values()
    ]


def test_the_properties_name_the_sheet_and_its_day_but_no_fact() -> None:
    properties = opened(SHEET).metadata
    assert properties is not None
    assert properties.title == "Phiếu chuyển giao thông tin số 05/PCG-ATHĐ"
    assert properties.creation_date is not None
    assert properties.creation_date.date() == SHEET.issued_on
    assert not {SHEET.summary_vi, SHEET.child_line, SHEET.incident_code} & {str(value) for value in properties.values()}


@pytest.mark.attack
@pytest.mark.parametrize("field", TEXTS)
def test_markup_is_printed_not_run(field: str) -> None:
    assert_shows(with_text(field, MARKUP), MARKUP)


@pytest.mark.attack
@pytest.mark.parametrize("field", TEXTS)
def test_a_word_without_end_is_broken_within_the_page(field: str) -> None:
    word = "W" * 150
    text = text_of(with_text(field, word))
    assert word.casefold() in squeezed(text)
    assert max(len(run) for run in re.findall("W+", text)) <= WIDEST_LINE


@pytest.mark.attack
@pytest.mark.parametrize("word", ["kể ", "W"], ids=["words", "one word"])
@pytest.mark.parametrize("field", TEXTS)
def test_twenty_thousand_characters_run_on_over_pages_and_none_leaves_the_paper(field: str, word: str) -> None:
    text = (word * 20_000)[:20_000]
    pages = [seen(page) for page in opened(with_text(field, text)).pages]
    assert len(pages) > 1
    whole = squeezed("".join(words for words, _ in pages))
    assert whole.count(squeezed(word)) >= len(squeezed(text)) // len(squeezed(word))
    assert [place for _, places in pages for place in places if not on_paper(*place)] == []


def seen(page: PageObject) -> tuple[str, list[tuple[float, float]]]:
    """The page's text and where each piece of it stands, in points from the lower left corner."""
    places: list[tuple[float, float]] = []

    def see(text: str, matrix: list[float], line: list[float], *_: object) -> None:
        if text.strip():
            places.append((line[4] * matrix[0] + matrix[4], line[5] * matrix[3] + matrix[5]))

    return page.extract_text(visitor_text=see), places


def on_paper(x: float, y: float) -> bool:
    return 0 < x < A4_POINTS[0] and 0 < y < A4_POINTS[1]


def test_text_of_1200_characters_fits_one_page() -> None:
    account = " ".join(f"Câu chuyện thứ {n} được kể lại đầy đủ." for n in range(40))[:1200]
    sheet = replace(SHEET, summary_vi=account)
    assert len(opened(sheet).pages) == 1
    assert_shows(sheet, account)


def test_lines_stay_lines_whatever_system_wrote_them() -> None:
    lines = text_of(replace(SHEET, summary_vi="Dòng một\r\nDòng hai\rDòng ba\nDòng bốn")).splitlines()
    assert [line.strip() for line in lines if line.startswith("Dòng")] == ["Dòng hai", "Dòng ba", "Dòng bốn"]


def test_a_longer_account_runs_on_over_numbered_pages_and_is_whole() -> None:
    sentences = [f"Câu chuyện thứ {n} được kể lại đầy đủ." for n in range(400)]
    sheet = replace(SHEET, summary_vi="\n".join(sentences))
    pages = [page.extract_text() for page in opened(sheet).pages]
    assert len(pages) > 1
    assert pages[1].lstrip().startswith("2")
    assert all(sentence in "\n".join(pages) for sentence in sentences)


@pytest.mark.attack
@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\u202eb", "a[U+202E]b"),
        ("a\u200bb", "a[U+200B]b"),
        ("a\x00\x07b", "a[U+0000][U+0007]b"),
        ("a\ud800b", "a[U+D800]b"),
        ("𠮷龘", "[U+20BB7][U+9F98]"),
    ],
    ids=["direction override", "zero width", "controls", "lone surrogate", "han"],
)
def test_what_cannot_be_seen_or_drawn_is_shown_by_its_code(hostile: str, shown: str) -> None:
    assert_shows(replace(SHEET, summary_vi=hostile, signer_name=hostile), shown)


@pytest.mark.attack
@pytest.mark.parametrize("words", ["שלום", "مرحبا"], ids=["hebrew", "arabic"])
def test_right_to_left_words_are_drawn(words: str) -> None:
    text = text_of(replace(SHEET, summary_vi=words))
    assert "[U+" not in text
    assert set(words) <= set(text) or any("\ufb50" <= letter <= "\ufeff" for letter in text)


def test_text_in_pieces_is_printed_in_one_normal_form() -> None:
    assert "Nguyễn Thị Thử" in text_of(replace(SHEET, signer_name="Nguye\u0302\u0303n Thi\u0323 Thu\u031b\u0309"))


@pytest.mark.parametrize(
    "words",
    ["ខ្ញុំភ័យណាស់", "ꨌꩌ ꨀꨇꩉ", "ꪼꪕ ꪎꪱꪣ", "ພາສາລາວ", "ภาษาไทย", "ƀôk Yŏng Kŭm", "陳氏花 陈", "김민수", "さくら", "★ ✓ ☎"],
    ids=["khmer", "cham", "tai viet", "lao", "thai", "ba na", "han", "hangul", "kana", "signs"],
)
def test_letters_that_the_first_font_lacks_are_drawn_by_another(words: str) -> None:
    sheet = replace(SHEET, summary_vi=words, recipient_name=words, place=words)
    assert "[U+" not in text_of(sheet)
    assert set(words) <= set(text_of(sheet))


def test_a_letter_of_another_style_is_printed_plainly() -> None:
    assert drawn("𝓣𝓱ử\u202f①") == "Thử\u202f(1)"


def test_khmer_keeps_the_invisible_ends_of_its_words() -> None:
    assert drawn("ខ្ញុំ\u200bភ័យ") == "ខ្ញុំ\u200bភ័យ"
    assert drawn("Nam\u200bភ័យ\u202e") == "Nam[U+200B]ភ័យ[U+202E]"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Em 😭!", "Em [biểu tượng: mặt khóc to]!"),
        ("👨\u200d👩\u200d👧", "[biểu tượng: gia đình: đàn ông, phụ nữ, con gái]"),
        ("🤦🏽\u200d♀\ufe0f", "[biểu tượng: người phụ nữ lấy tay che mặt]"),
        ("🇻🇳🇻🇳", "[biểu tượng: cờ: Việt Nam]" * 2),
        ("❤\ufe0f", "[biểu tượng: trái tim màu đỏ]"),
        ("1\ufe0f\u20e3", "[biểu tượng: mũ phím: 1]"),
        ("😭\u200d🐱", "[biểu tượng: mặt khóc to][biểu tượng: mặt mèo]"),
        ("© 2026 ★ 12#", "© 2026 ★ 12#"),
        ("♥\ufe0e ♥", "♥ ♥"),
        ("\U0001faff", "[U+1FAFF]"),
    ],
)
def test_an_emoji_is_printed_by_its_name(text: str, printed: str) -> None:
    assert drawn(text) == printed
    assert_shows(replace(SHEET, summary_vi=text), printed)


def test_the_fonts_draw_whatever_is_not_coded() -> None:
    letters = " ".join(sorted(drawable() - LAYOUT))
    everywhere = replace(SHEET, summary_vi=letters, recipient_name=letters, place=letters)
    values = handover._values(everywhere)
    assert typeset_as(drawn, handover.TEMPLATE, "sheet", values, everywhere.issued_on).startswith(b"%PDF")


def test_letters_that_cannot_be_drawn_beside_each_other_are_coded(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: Any = typst.compile

    def refuse_khmer(*whole: object, sys_inputs: dict[str, str], **more: object) -> Any:
        if "\u1781" in json.loads(sys_inputs["sheet"])["signer_name"]:
            raise typst.TypstError("no glyph", "no glyph")
        return compiled(*whole, sys_inputs=sys_inputs, **more)

    monkeypatch.setattr(typst, "compile", refuse_khmer)
    assert_shows(replace(SHEET, signer_name="Em ខ"), "Em [U+1781]")


def test_a_failure_quotes_no_word_of_the_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise typst.TypstError(SHEET.summary_vi, SHEET.summary_vi)

    monkeypatch.setattr(typst, "compile", fail)
    with pytest.raises(RuntimeError) as failure:
        render_handover(SHEET)
    assert SHEET.summary_vi not in "".join(traceback.format_exception(failure.value))
