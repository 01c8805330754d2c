"""The class sheet on several pages. All invented."""

from datetime import date

from app.documents.commitments.class_sheets import ClassSheet, Promise, page_code, render_class_sheet
from tests.factories.slips import barcodes

CODE = "2026-7K3M9-Q2XBD-M"


def test_each_page_of_a_long_sheet_has_a_code_of_its_own() -> None:
    clauses = ["Không đánh nhau, không dọa nạt bạn (mẫu). " * 10] * 12
    sheet = ClassSheet(
        code=CODE,
        school="Trường THCS Mẫu",
        superior="UBND phường Mẫu",
        class_name="Lớp 6A1",
        school_year="2026-2027",
        title="Bản cam kết (mẫu)",
        preamble="",
        promises=[Promise("Học sinh cam kết", [("Bạo lực học đường", clauses)])],
        columns=["Học sinh ký", "Cha mẹ, người giám hộ ký"],
        learners=[("Nguyễn Thị Thùy Dương Bịa", f"2026-7K3M9-Q2X{number}-M") for number in range(10, 55)],
        day=date(2026, 8, 24),
    )
    read = barcodes(render_class_sheet(sheet))
    assert len(read) > 3
    assert read == [[page_code(CODE, page)] for page in range(1, len(read) + 1)]
