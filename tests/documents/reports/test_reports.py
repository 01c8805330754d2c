"""The documents of a report. Every unit, person, event and number here is invented."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

import docx
import pytest
import time_machine
from pypdf import PdfReader

from app.documents.reports.documents import render
from app.documents.reports.issues import IssueMarks
from app.schemas.reports.issues import DocumentFormat
from app.schemas.reports.snapshots import Snapshot
from tests.documents.reports.invented import DEFINITION, EDITION, SNAPSHOT, figure, indicator, section

ANOTHER_PROCESS = """
import hashlib
from app.documents.reports.documents import render
from app.schemas.reports.issues import DocumentFormat
from tests.documents.reports.invented import EDITION, SNAPSHOT
for kind in DocumentFormat:
    print(hashlib.sha256(render(kind, SNAPSHOT, EDITION)).hexdigest())
"""
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"]
MARKUP = '#include "/etc/passwd" #eval("1") $x^2$ *b* _i_ `r` <l> @ref \\ // c /* d */ ]]> &amp; {{ %s'


def changed(**other: Any) -> Snapshot:
    return SNAPSHOT.model_copy(update=other)


def with_figures(*figures: dict[str, Any]) -> Snapshot:
    return Snapshot.model_validate({**SNAPSHOT.model_dump(mode="json"), "figures": figures})


def pages(snapshot: Snapshot = SNAPSHOT, edition: Any = EDITION) -> list[str]:
    read = PdfReader(io.BytesIO(render(DocumentFormat.PDF, snapshot, edition)))
    return [" ".join(page.extract_text().split()) for page in read.pages]


@cache
def printed() -> list[str]:
    return pages()


@cache
def written() -> str:
    return words()


def words(snapshot: Snapshot = SNAPSHOT, edition: Any = EDITION) -> str:
    document = docx.Document(io.BytesIO(render(DocumentFormat.DOCX, snapshot, edition)))
    said = "".join(each.text or "" if each.tag.endswith("}t") else " " for each in document.element.body.iter())
    return " ".join(said.split())


def parsed(xml: bytes) -> "ET.Element":
    return ET.fromstring(xml)  # noqa: S314 — written here


def sheets(snapshot: Snapshot = SNAPSHOT) -> dict[str, list[dict[str, str]]]:
    """The rows of each sheet, by the column's letter."""
    with zipfile.ZipFile(io.BytesIO(render(DocumentFormat.XLSX, snapshot, EDITION))) as book:
        space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
        texts = parsed(book.read("xl/sharedStrings.xml"))
        strings = ["".join(each.itertext()) for each in texts]
        names = [each.attrib["name"] for each in parsed(book.read("xl/workbook.xml")).iterfind(".//m:sheet", space)]
        found = {}
        for place, name in enumerate(names, 1):
            rows = parsed(book.read(f"xl/worksheets/sheet{place}.xml")).iterfind(".//m:row", space)
            assert b"<f>" not in book.read(f"xl/worksheets/sheet{place}.xml")
            found[name] = [
                {
                    cell.attrib["r"].rstrip("0123456789"): strings[int(text)] if cell.attrib.get("t") == "s" else text
                    for cell in row
                    if (text := "".join(cell.itertext()))
                }
                for row in rows
            ]
        return found


@pytest.mark.parametrize(
    "part",
    [
        "ỦY BAN NHÂN DÂN HUYỆN THỬ NGHIỆM",
        "PHÒNG GIÁO DỤC VÀ ĐÀO TẠO HUYỆN THỬ NGHIỆM",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 45/BC-PGDĐT",
        "Thử Nghiệm, ngày 02 tháng 8 năm 2027",
        "BÁO CÁO",
        "Kết quả thực hiện Chỉ thị số 02/CT-TTg",
        "Kính gửi: Sở Giáo dục và Đào tạo tỉnh Thử Nghiệm",
        "Tổng hợp từ 12/13 đơn vị đã báo cáo",
        "I. Tình hình",
        "Các trường đã phối hợp với gia đình.",
        "III. Nhiệm vụ 11: Khen thưởng",
        "1.234",
        "hệ thống tính: 1.230. Lý do: Bốn em được bổ sung",
        "Số của nguồn khác: 31 (Công an tỉnh (số liệu minh họa), ngày 30/06/2027)",
        "+12,5% (27/24)",
        "84,6% (11/13)",
        "69,2% (9/13)",
        "không áp dụng",
        "chưa có số liệu",
        "đã ẩn",
        "Trung học cơ sở",
        "theo giới tính",
        "Giải trình: Các trường ghi nhận đầy đủ hơn sau đợt tập huấn.",
        "Nơi nhận:",
        "- Ủy ban nhân dân huyện;",
        "- Lưu: VT.",
        "KT. TRƯỞNG PHÒNG",
        "PHÓ TRƯỞNG PHÒNG",
        "Lê Văn Thử",
        "PHỤ LỤC",
    ],
)
def test_each_document_has_the_parts_of_an_official_report(part: str) -> None:
    assert part in " ".join(printed())
    assert part in written()


def test_every_page_names_its_version_and_what_it_shows_and_all_but_the_first_their_number() -> None:
    for place, page in enumerate(printed(), 1):
        assert "BC-2027-7K3M9Q – phiên bản 2 – mã kiểm tra 3f2a9c01b7de45aa" in page
        assert (f"Trang {place}/{len(printed())}" in page) is (place > 1)


def test_the_text_document_hides_the_number_of_its_first_page_and_repeats_the_heads_of_tables() -> None:
    document = docx.Document(io.BytesIO(render(DocumentFormat.DOCX, SNAPSHOT, EDITION)))
    (section,) = document.sections
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header._element.xml
    assert "PAGE" not in section.first_page_header._element.xml
    assert all(
        EDITION.digest[:16] in footer.paragraphs[0].text for footer in (section.footer, section.first_page_footer)
    )
    assert document.element.body.xml.count("<w:tblHeader/>") == 5


@pytest.mark.parametrize(
    ("mode", "title", "lines"),
    [
        (None, "Hiệu trưởng", ["HIỆU TRƯỞNG"]),
        ("direct", "Hiệu trưởng", ["HIỆU TRƯỞNG"]),
        ("kt", "Phó Hiệu trưởng", ["KT. HIỆU TRƯỞNG", "PHÓ HIỆU TRƯỞNG"]),
        ("tm", "Chủ tịch", ["TM. PHÒNG GIÁO DỤC VÀ ĐÀO TẠO HUYỆN THỬ NGHIỆM", "CHỦ TỊCH"]),
        ("tl", "Giám đốc\nTrưởng phòng", ["TL. GIÁM ĐỐC", "TRƯỞNG PHÒNG"]),
        ("tuq", "Giám đốc\nChánh Văn phòng", ["TUQ. GIÁM ĐỐC", "CHÁNH VĂN PHÒNG"]),
    ],
)
def test_who_signs_for_whom_stands_over_the_name(mode: str | None, title: str, lines: list[str]) -> None:
    text = words(changed(signing_mode=mode, signer_title=title))
    assert f"Lưu: VT. {' '.join(lines)} Lê Văn Thử" in text


def test_what_the_clerk_has_not_registered_yet_is_a_dotted_line() -> None:
    text = words(changed(place=None), replace(EDITION, marks=IssueMarks()))
    assert "Số: ......../BC-........" in text
    assert "........, ngày .... tháng .... năm ........" in text
    assert "- Sở Giáo dục và Đào tạo tỉnh Thử Nghiệm; - Lưu: VT." in text


@pytest.mark.parametrize("status", ["not_applicable", "missing", "hidden"])
def test_a_figure_without_a_number_is_printed_as_a_word_and_never_as_0(status: str) -> None:
    said = {"not_applicable": "không áp dụng", "missing": "chưa có số liệu", "hidden": "đã ẩn"}[status]
    snapshot = with_figures(figure("TH01", status=status), figure("N503", 2, previous_numerator=1))
    assert f"TH01 Số vụ bạo lực học đường trong năm học vụ {said} –" in words(snapshot)
    (row,) = [row for row in sheets(snapshot)["I situation"] if row.get("B") == "TH01"]
    assert row["F"] == said
    assert {"G", "H"}.isdisjoint(row)


def test_the_type_of_the_document_stands_once_in_its_title() -> None:
    definition = SNAPSHOT.definition.model_copy(update={"title_vi": "Báo cáo  kết quả năm học"})
    assert "BÁO CÁO Kết quả năm học Năm học 2026-2027" in words(changed(definition=definition))


def test_columns_that_a_page_does_not_take_are_shared_out_evenly() -> None:
    columns = [indicator(f"C{n}", f"Cột {n}", breakdowns=[["sex"]]) for n in range(6)]
    table = {"kind": "table", "code": "B", "label_vi": "Bảng", "label_en": "B", "rows": "sex"}
    whole = section("all", "Tất cả", *columns, {**table, "columns": [each["code"] for each in columns]})
    form = {**DEFINITION, "sections": [whole]}
    cells = [figure(each["code"], 7, cell="sex=male") for each in columns]
    members = {**SNAPSHOT.model_dump(mode="json"), "definition": form, "figures": cells}
    document = docx.Document(io.BytesIO(render(DocumentFormat.DOCX, Snapshot.model_validate(members), EDITION)))
    heads = [[cell.text for cell in grid.rows[0].cells] for grid in document.tables]
    assert [len(head) for head in heads if head[0] == "Giới tính"] == [4, 4]


def test_the_year_before_has_no_column_where_nothing_is_known_of_it() -> None:
    assert "Năm trước" in words()
    assert "Năm trước" not in words(with_figures(figure("TH01", 3), figure("TH01", 3, cell="location=gate")))


def test_a_school_is_shown_nothing_that_only_units_above_are_asked() -> None:
    form = {**DEFINITION, "sections": [section("all", "Tất cả", indicator("C1", "Ở trên", only_above=True))]}
    members = {**SNAPSHOT.model_dump(mode="json"), "definition": form, "figures": []}
    above, school = (Snapshot.model_validate({**members, "coverage": each}) for each in (members["coverage"], None))
    for shown in (words, lambda snapshot: str(sheets(snapshot))):
        assert "C1" in shown(above)
        assert "C1" not in shown(school)


def test_a_yes_is_no_percentage_and_the_units_that_said_so_are_one() -> None:
    assert "Xác nhận không phát sinh vụ việc có/không Có" in words(with_figures(figure("TH15", 1)))
    made_up = with_figures(figure("TH15", 4, denominator=5))
    assert "Xác nhận không phát sinh vụ việc % 80% (4/5)" in words(made_up)
    (row,) = [row for row in sheets(made_up)["I situation"] if row.get("B") == "TH15"]
    assert (row["E"], row["F"]) == ("%", "0.8")


def test_cells_without_any_figure_make_neither_rows_nor_tables() -> None:
    text = words(with_figures(figure("N1101a", 3), figure("TH08", status="missing", cell="sex=male")))
    assert "Khen thưởng theo cấp học" not in text
    assert "PHỤ LỤC" not in text


def test_the_parts_of_a_share_are_whole_numbers_in_the_workbook() -> None:
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(render(DocumentFormat.XLSX, SNAPSHOT, EDITION))) as book:
        styles, sheet = parsed(book.read("xl/styles.xml")), parsed(book.read("xl/worksheets/sheet3.xml"))
    codes = {each.attrib["numFmtId"]: each.attrib["formatCode"] for each in styles.iterfind(".//m:numFmt", space)}
    forms = [each.attrib["numFmtId"] for each in styles.iterfind("m:cellXfs/m:xf", space)]
    cells = {cell.attrib["r"]: forms[int(cell.attrib["s"])] for cell in sheet.iterfind(".//m:c", space)}
    assert [codes[cells[name]] for name in ("A3", "F3", "G3", "H3")] == ["#,##0", "0.0%", "#,##0", "#,##0"]


def test_a_share_of_nothing_is_no_percentage() -> None:
    assert "– (0/0)" in words(with_figures(figure("N601", 0, denominator=0)))


def test_the_workbook_has_figures_as_numbers() -> None:
    found = sheets()
    assert list(found) == ["Thông tin", "I situation", "II task_6", "III task_11", "Số liệu"]
    rows = {row["B"]: row for row in found["II task_6"] if "B" in row}
    assert float(rows["N601"]["F"]) == pytest.approx(11 / 13)
    assert (rows["N601"]["G"], rows["N601"]["H"], rows["N603"]["F"]) == ("11", "13", "5.5")
    assert len(found["Số liệu"]) == len(SNAPSHOT.figures) + 1


def test_a_zero_is_a_number_in_the_workbook() -> None:
    (row,) = [row for row in sheets()["I situation"] if row.get("D") == "Mầm non"]
    assert (row["F"], row["G"]) == ("0", "0")


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula(text: str) -> None:
    snapshot = changed(narratives={"N0": text}, unit=SNAPSHOT.unit.model_copy(update={"name_vi": text}))
    said = [value for rows in sheets(snapshot).values() for row in rows for value in row.values()]
    assert f"'{text}" in said or f"'{text.strip()}" in said
    assert text not in said


@pytest.mark.parametrize("text", [MARKUP, "dài" * 300, "👍 \u202eđảo\x00 ខ្មែរ", "Nguyễn Ứng Ỷ Ỡ ỗ ặ"])
def test_texts_are_printed_literally_and_break_nothing(text: str) -> None:
    snapshot = changed(
        narratives={"N0": text},
        signer_name=text,
        figures=[SNAPSHOT.figures[0].model_copy(update={"comment": text})],
    )
    assert pages(snapshot)
    assert words(snapshot)
    assert sheets(snapshot)


def test_json_is_the_snapshot_itself() -> None:
    written = render(DocumentFormat.JSON, SNAPSHOT, EDITION)
    assert Snapshot.model_validate_json(written) == SNAPSHOT
    assert list(json.loads(written)) == sorted(json.loads(written))


def test_the_same_snapshot_is_the_same_bytes_years_later_and_in_another_process() -> None:
    first = [hashlib.sha256(render(kind, SNAPSHOT, EDITION)).hexdigest() for kind in DocumentFormat]
    with time_machine.travel(datetime(2041, 2, 3, 4, 5, tzinfo=UTC)):
        later = [hashlib.sha256(render(kind, SNAPSHOT, EDITION)).hexdigest() for kind in DocumentFormat]
    elsewhere = subprocess.run([sys.executable, "-c", ANOTHER_PROCESS], capture_output=True, check=True, text=True)
    assert first == later == elsewhere.stdout.split()
