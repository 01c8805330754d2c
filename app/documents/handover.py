"""The handover sheet: the paper form for a hotline or agency without an interface, which answers by hand."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from app.core.time import VIETNAM
from app.documents.typesetting import Json, typeset

TEMPLATE = Path(__file__).with_name("handover.typ")
MONTHS_WITH_ZERO = 2


@dataclass(frozen=True, slots=True)
class HandoverSheet:
    """One numbered sheet. Texts are printed literally, never as markup.

    An empty text or an unknown day prints as a dotted line to fill in by hand; None (no number, no time limit) prints
    nothing. Raises ValueError for a moment without a time zone; moments print in Viet Nam time.
    """

    number: int
    year: int
    symbol: str
    issuing_unit: str
    parent_unit: str
    place: str
    issued_on: date
    recipient_name: str
    recipient_number: str | None
    incident_code: str
    what: str
    occurred: datetime | date | None
    where: str
    school: str
    referral_code: str
    channel: str
    made_at: datetime
    issuer_contact: str
    contact_person: str
    reference_given: str
    summary_vi: str
    child_line: str
    requested_action: str
    acknowledgement_due: datetime | None
    signer_title: str
    signer_name: str

    def __post_init__(self) -> None:
        moments = (self.made_at, self.acknowledgement_due, self.occurred)
        if any(isinstance(moment, datetime) and moment.utcoffset() is None for moment in moments):
            raise ValueError("moments need a time zone")


def render_handover(sheet: HandoverSheet) -> bytes:
    """PDF/A-2b on A4: one page if it stays readable, else as many as the texts need.

    The same sheet gives the same bytes. It computes for about 50 ms: call it outside the event loop.
    Raises RuntimeError, without quoting the sheet, if rendering fails.
    """
    return typeset(TEMPLATE, "sheet", _values(sheet), sheet.issued_on)


def _values(sheet: HandoverSheet) -> dict[str, Json]:
    day = sheet.issued_on
    return {
        "number": f"{sheet.number:02d}",
        "year": str(sheet.year),
        "symbol": _line(sheet.symbol),
        "issuing_unit": _line(sheet.issuing_unit),
        "parent_unit": _line(sheet.parent_unit),
        "place": _line(sheet.place),
        "issued": [day.year, day.month, day.day],
        "issued_text": date_text(day),
        "recipient": _line(sheet.recipient_name),
        "recipient_number": [] if sheet.recipient_number is None else [_line(sheet.recipient_number)],
        "facts": [[label, value] for label, value in _facts(sheet) if value is not None],
        "accounts": [
            ["Tóm tắt vụ việc", _lines(sheet.summary_vi)],
            ["Nội dung đề nghị", _lines(sheet.requested_action)],
        ],
        "signer_title": _line(sheet.signer_title),
        "signer_name": _line(sheet.signer_name),
    }


def _facts(sheet: HandoverSheet) -> list[tuple[str, str | None]]:
    return [
        ("Mã vụ việc", _line(sheet.incident_code)),
        ("Nội dung vụ việc", _line(sheet.what)),
        ("Thời gian xảy ra", _occurred_text(sheet.occurred)),
        ("Nơi xảy ra", _line(sheet.where)),
        ("Cơ sở giáo dục", _line(sheet.school)),
        ("Mã chuyển giao", _line(sheet.referral_code)),
        ("Kênh chuyển giao", _line(sheet.channel)),
        ("Thời điểm chuyển", _moment_text(sheet.made_at)),
        ("Liên hệ đơn vị chuyển", _line(sheet.issuer_contact)),
        ("Đầu mối nơi nhận", _line(sheet.contact_person)),
        ("Số tham chiếu đã nhận", _line(sheet.reference_given)),
        ("Trẻ em liên quan", _line(sheet.child_line)),
        ("Đề nghị xác nhận trước", _moment_text(sheet.acknowledgement_due)),
    ]


def _line(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> str:
    return "\n".join(text.strip().splitlines())


def date_text(day: date) -> str:
    """Decree 30/2020/NĐ-CP, Appendix I: days below 10 and months 1 and 2 have a leading zero."""
    month = f"{day.month:02d}" if day.month <= MONTHS_WITH_ZERO else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def _occurred_text(occurred: datetime | date | None) -> str:
    if isinstance(occurred, datetime):
        return _moment_text(occurred) or ""
    return "" if occurred is None else date_text(occurred)


def _moment_text(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    local = moment.astimezone(VIETNAM)
    return f"{local:%H} giờ {local:%M} phút, {date_text(local.date())}"
