"""An invented report: every unit, person, event and number here is made up."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from app.documents.reports.figures import Labels
from app.documents.reports.issues import Edition, IssueMarks
from app.schemas.reports.snapshots import Snapshot

LABELS: Labels = {
    "school_level": {"preschool": "Mầm non", "primary": "Tiểu học", "lower_secondary": "Trung học cơ sở"},
    "sex": {"female": "Nữ", "male": "Nam"},
    "age_band": {"under_6": "Dưới 6 tuổi", "6_10": "Từ 6 đến 10 tuổi", "11_14": "Từ 11 đến 14 tuổi"},
    "location": {"inside": "Trong trường", "gate": "Cổng trường", "online": "Trên mạng"},
}


def indicator(code: str, label: str, **other: Any) -> dict[str, Any]:
    plain = {"unit_vi": "vụ", "unit_en": "incidents", "measure": "count", "roll_up": "sum"}
    return {"kind": "indicator", "code": code, "label_vi": label, "label_en": label, **plain, **other}


def section(code: str, label: str, *items: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {"code": code, "label_vi": label, "label_en": label, "items": list(items), **other}


def narrative(code: str, label: str) -> dict[str, Any]:
    return {"kind": "narrative", "code": code, "label_vi": label, "label_en": label}


DEFINITION: dict[str, Any] = {
    "title_vi": "Kết quả thực hiện Chỉ thị số 02/CT-TTg về phối hợp nhà trường, gia đình và xã hội trong giáo dục",
    "title_en": "Invented report",
    "sections": [
        section(
            "situation",
            "Tình hình",
            narrative("N0", "Đặc điểm tình hình"),
            indicator(
                "TH01",
                "Số vụ bạo lực học đường trong năm học",
                breakdowns=[["school_level"], ["location"]],
                source="incidents",
            ),
            indicator(
                "TH02",
                "Số học sinh liên quan đến bạo lực học đường",
                unit_vi="học sinh",
                breakdowns=[["sex"], ["age_band"], ["sex", "age_band"]],
                sensitivity="persons",
            ),
            indicator(
                "TH04",
                "Tăng, giảm số vụ so với năm học trước",
                unit_vi="%",
                measure="ratio",
                roll_up="recomputed",
                formula={"kind": "change", "numerator": ["TH01"]},
            ),
            indicator(
                "TH08",
                "Số trẻ em, học sinh bị xâm hại",
                unit_vi="học sinh",
                breakdowns=[["sex"]],
                sensitivity="totals_only",
            ),
            indicator(
                "TH15", "Xác nhận không phát sinh vụ việc", unit_vi="có/không", measure="yes_no", roll_up="count_units"
            ),
            intro_vi="Số liệu do hệ thống tính từ sổ vụ việc, trừ các chỉ tiêu đơn vị tự khai.",
        ),
        section(
            "task_6",
            "Nhiệm vụ 6: Đường dây nóng",
            indicator(
                "N601",
                "Tỷ lệ cơ sở niêm yết số 111 và 18008077",
                unit_vi="%",
                measure="ratio",
                roll_up="ratio",
                target_percent=100,
            ),
            indicator(
                "N603",
                "Thời gian trung vị từ biết tin đến chuyển tin",
                unit_vi="giờ",
                measure="duration",
                roll_up="median",
            ),
            indicator("N403", "Tỷ lệ người làm tư vấn đã tập huấn", unit_vi="%", measure="ratio", roll_up="ratio"),
            indicator("N503", "Số buổi phổ biến pháp luật", unit_vi="buổi"),
            narrative("N6", "Đánh giá, nguyên nhân và kiến nghị"),
        ),
        section(
            "task_11",
            "Nhiệm vụ 11: Khen thưởng",
            {
                "kind": "table",
                "code": "B11",
                "label_vi": "Khen thưởng theo cấp học",
                "label_en": "Praise",
                "rows": "school_level",
                "columns": ["N1101a", "N1101b"],
            },
            indicator("N1101a", "Số tập thể được khen", unit_vi="tập thể", breakdowns=[["school_level"]]),
            indicator("N1101b", "Số cá nhân được khen", unit_vi="cá nhân", breakdowns=[["school_level"]]),
        ),
    ],
}


def figure(item: str, numerator: int | None = None, **other: Any) -> dict[str, Any]:
    return {"item": item, "status": "computed", "numerator": numerator, **other}


FIGURES = [
    figure(
        "TH01",
        27,
        previous_numerator=24,
        outside=31,
        outside_source="Công an tỉnh (số liệu minh họa)",
        outside_on="2027-06-30",
    ),
    figure("TH01", 9, cell="school_level=primary", previous_numerator=10),
    figure("TH01", 18, cell="school_level=lower_secondary", previous_numerator=14),
    figure("TH01", 0, cell="school_level=preschool", previous_numerator=0),
    figure("TH01", 15, cell="location=inside"),
    figure("TH01", 8, cell="location=gate"),
    figure("TH01", 4, cell="location=online"),
    figure(
        "TH02",
        1234,
        status="declared",
        computed_numerator=1230,
        previous_numerator=1100,
        reason="Bốn em được bổ sung từ hồ sơ giấy của điểm trường lẻ, chưa nhập vào sổ vụ việc.",
    ),
    figure("TH02", 402, cell="sex=female"),
    figure("TH02", 832, cell="sex=male"),
    figure("TH02", 3, cell="age_band=under_6"),
    figure("TH02", 331, cell="age_band=6_10"),
    figure("TH02", 900, cell="age_band=11_14"),
    figure("TH02", 2, cell="age_band=under_6;sex=female"),
    figure("TH04", 27, denominator=24),
    figure("TH08", status="hidden"),
    figure("TH15", 0),
    figure("N601", 11, denominator=13, previous_numerator=9, previous_denominator=13),
    figure("N603", 330, previous_numerator=60),
    figure("N403", status="not_applicable"),
    figure("N503", status="missing"),
    figure("N1101a", 3),
    figure("N1101b", 41, comment="Trong đó 02 học sinh được Chủ tịch tỉnh khen (số liệu minh họa)."),
    figure("N1101a", 1, cell="school_level=primary"),
    figure("N1101b", 30, cell="school_level=primary"),
]

UNIT: dict[str, Any] = {
    "id": UUID(int=1), "name_vi": "Phòng Giáo dục và Đào tạo huyện Thử Nghiệm", "name_en": None, "code": None,
    "levels": ["primary"], "ownership": None,
}  # fmt: skip

SNAPSHOT = Snapshot.model_validate(
    {
        "report_id": UUID(int=2),
        "code": "BC-2027-7K3M9Q",
        "version": 2,
        "is_supplementary": False,
        "is_nil": False,
        "template_code": "directive_02",
        "template_number": 1,
        "definition": DEFINITION,
        "labels": [
            {"list": name, "code": code, "label_vi": label}
            for name, labels in LABELS.items()
            for code, label in labels.items()
        ],
        "school_year": "2026-2027",
        "term": None,
        "period_kind": "yearly",
        "starts_on": date(2026, 8, 1),
        "ends_on": date(2027, 7, 31),
        "cut_off_at": datetime(2027, 7, 30, 10, tzinfo=UTC),
        "due_on": date(2027, 8, 1),
        "due_at": datetime(2027, 8, 2, 17, tzinfo=UTC),
        "unit": UNIT,
        "recipient": {**UNIT, "id": UUID(int=3), "name_vi": "Sở Giáo dục và Đào tạo tỉnh Thử Nghiệm"},
        "superior_name_vi": "Ủy ban nhân dân huyện Thử Nghiệm",
        "place": "Thử Nghiệm",
        "signing_mode": "kt",
        "signer_title": "Phó Trưởng phòng",
        "signer_name": "Lê Văn Thử",
        "submitted_at": datetime(2027, 7, 30, 3, tzinfo=UTC),
        "figures": FIGURES,
        "narratives": {
            "N0": "Năm học 2026-2027, toàn huyện có 13 trường.\nCác trường đã phối hợp với gia đình.",
            "N6": "Việc niêm yết còn chậm ở hai điểm trường lẻ.",
        },
        "broken_rules": [
            {"code": "r1", "strength": "explain", "text_vi": "Số vụ tăng quá 10% so với năm trước phải giải trình.",
             "text_en": "Explain.", "explanation": "Các trường ghi nhận đầy đủ hơn sau đợt tập huấn."},
        ],
        "coverage": {"owed": 13, "reported": 12},
    }
)  # fmt: skip
MARKS = IssueMarks(
    number=45, symbol="BC-PGDĐT", issued_on=date(2027, 8, 2), place="Thử Nghiệm",
    recipients=("Sở GD&ĐT tỉnh Thử Nghiệm", "Ủy ban nhân dân huyện"),
)  # fmt: skip
EDITION = Edition(digest="3f2a9c01b7de45aa" + "0" * 48, marks=MARKS)
