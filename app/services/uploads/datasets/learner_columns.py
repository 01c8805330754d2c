"""The columns of learners: those of the national database's templates, and of what schools export from it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.core.problems import Text
from app.core.vocabulary import IdentifierKind
from app.integrations.tables.columns import Column, Columns
from app.integrations.tables.kinds import CodeOf, Day, Identifier, OneOf, Words

# The identifiers of a row, each a column of its own.
IDENTIFIERS: Final[Mapping[str, IdentifierKind]] = MappingProxyType(
    {
        "moet_code": IdentifierKind.MOET,
        "personal_number": IdentifierKind.PERSONAL_NUMBER,
        "passport": IdentifierKind.PASSPORT,
        "school_code": IdentifierKind.SCHOOL,
    }
)
COUNTRIES: Final = (
    ("VN", ("Việt Nam", "Viet Nam", "Vietnam")),
    ("LA", ("Lào", "Laos")),
    ("KH", ("Campuchia", "Cambodia")),
    ("CN", ("Trung Quốc", "China")),
    ("TW", ("Đài Loan", "Taiwan")),
    ("KR", ("Hàn Quốc", "Korea")),
    ("JP", ("Nhật Bản", "Japan")),
    ("TH", ("Thái Lan", "Thailand")),
    ("MY", ("Malaysia",)),
    ("PH", ("Philippines",)),
    ("IN", ("Ấn Độ", "India")),
    ("RU", ("Nga", "Liên bang Nga", "Russia")),
    ("US", ("Hoa Kỳ", "Mỹ", "United States")),
    ("FR", ("Pháp", "France")),
    ("DE", ("Đức", "Germany")),
    ("GB", ("Anh", "Vương quốc Anh", "United Kingdom")),
    ("AU", ("Úc", "Australia")),
)
ETHNICITIES: Final = (("khmer", "05"), ("kho me", "05"), ("hmong", "08"), ("h'mong", "08"))
# Vendors write the term of a status without its kind.
STATUSES: Final = (("dang hoc", "01"), ("hoc", "01"))

LEARNER_COLUMNS: Final = Columns(
    (
        Column(
            "moet_code",
            Text("Mã định danh Bộ GD&ĐT", "MOET code"),
            Identifier(),
            aliases=("Mã định danh", "Mã học sinh", "Mã HS", "Mã định danh của Bộ GD&ĐT", "Mã định danh Bộ GD ĐT"),
        ),
        Column(
            "personal_number",
            Text("Số định danh cá nhân", "Personal number"),
            Identifier(digits=12),
            aliases=("Số ĐDCN", "Số CCCD", "Số ĐDCN/CCCD", "Mã số định danh cá nhân"),
        ),
        Column("passport", Text("Số hộ chiếu", "Passport number"), Identifier(15)),
        Column("school_code", Text("Mã của trường", "School's own code"), Identifier()),
        Column(
            "full_name",
            Text("Họ và tên", "Full name"),
            Words(200),
            is_required=True,
            aliases=("Họ tên", "Họ tên học sinh", "Họ và tên học sinh"),
        ),
        Column(
            "birth_date",
            Text("Ngày sinh", "Date of birth"),
            Day(),
            is_required=True,
            aliases=("Ngày tháng năm sinh", "Ngày, tháng, năm sinh"),
        ),
        Column("sex", Text("Giới tính", "Sex"), CodeOf("sex", (("01", "male"), ("02", "female"))), is_required=True),
        Column("ethnicity", Text("Dân tộc", "Ethnicity"), CodeOf("ethnicity", ETHNICITIES)),
        Column("nationality", Text("Quốc tịch", "Nationality"), OneOf(COUNTRIES)),
        Column(
            "disability",
            Text("Loại khuyết tật", "Kind of disability"),
            CodeOf("disability_kind"),
            aliases=("Khuyết tật",),
        ),
        Column("class_code", Text("Mã lớp", "Class code"), Identifier(), aliases=("Lớp", "Lớp học", "Tên lớp")),
        Column(
            "status",
            Text("Trạng thái", "Status"),
            CodeOf("enrolment_status", STATUSES),
            aliases=("Trạng thái HS", "Trạng thái học sinh"),
        ),
        Column(
            "status_on",
            Text("Ngày trạng thái", "Status from"),
            Day(),
            aliases=("Ngày nhập trạng thái", "Ngày vào lớp", "Ngày nhập học"),
        ),
    )
)
LEARNER_EXAMPLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "moet_code": "0000000001",
        "personal_number": "000000000000",
        "full_name": "Nguyễn Thị Ví Dụ",
        "birth_date": "03/02/2015",
        "sex": "Nữ",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "class_code": "6A1",
        "status": "Đang học",
    }
)
