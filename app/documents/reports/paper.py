"""The content of a report's document, before it is set as PDF or DOCX: letterhead, text, tables, signature."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from app.core.time import local_date
from app.documents.handover import date_text
from app.documents.reports.issues import Edition, IssueMarks
from app.documents.reports.signatures import recipients, signature
from app.documents.reports.tables import Table, breakdowns, code_table, indicators
from app.schemas.reports.definitions import EvidenceItem, IndicatorItem, Item, NarrativeItem, Section, TableItem
from app.schemas.reports.snapshots import Snapshot, SnapshotRule

DOTS: Final = "........"
KIND: Final = "BÁO CÁO"
EVIDENCE: Final = "theo hồ sơ điện tử của báo cáo."
# Such a report is of one incident, whatever the days of its period.
URGENT: Final = "urgent"
SHOWN_OF_DIGEST: Final = 16
ROMAN: Final = ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Text:
    paragraphs: tuple[str, ...]
    kind: Literal["text"] = "text"


Block = Heading | Text | Table


@dataclass(frozen=True, slots=True)
class Paper:
    day: date
    superior: str
    issuer: str
    number: str
    place_and_date: str
    abstract: str
    subtitle: tuple[str, ...]
    addressee: str
    signature: tuple[str, ...]
    signer: str
    recipients: tuple[str, ...]
    footer: str
    body: tuple[Block, ...] = field(default=())
    appendix: tuple[Block, ...] = field(default=())


def paper(snapshot: Snapshot, edition: Edition) -> Paper:
    """The document of a snapshot, in the parts of Decree 30/2020/NĐ-CP, Article 8 and Appendix I."""
    marks = edition.marks
    return Paper(
        day=marks.issued_on or local_date(snapshot.submitted_at),
        superior=_line(snapshot.superior_name_vi or ""),
        issuer=_line(snapshot.unit.name_vi),
        number=f"Số: {marks.number if marks.number is not None else DOTS}/{_symbol(snapshot, marks)}",
        place_and_date=f"{_line(marks.place or snapshot.place or DOTS)}, {_day(marks.issued_on)}",
        abstract=_abstract(snapshot.definition.title_vi),
        subtitle=tuple(_subtitle(snapshot, edition)),
        addressee=_line(snapshot.recipient.name_vi) if snapshot.recipient else "",
        signature=signature(snapshot),
        signer=_line(snapshot.signer_name or ""),
        recipients=recipients(snapshot, marks),
        footer=f"{snapshot.code} – phiên bản {snapshot.version} – mã kiểm tra {edition.digest[:SHOWN_OF_DIGEST]}",
        body=tuple(_body(snapshot)),
        appendix=tuple(_appendix(snapshot)),
    )


def roman(number: int) -> str:
    said = ""
    for size, letter in ROMAN:
        said += letter * (number // size)
        number %= size
    return said


def coverage(snapshot: Snapshot) -> str:
    """How many of the units that owe a report are in the figures."""
    covered = snapshot.coverage
    return f"Tổng hợp từ {covered.reported}/{covered.owed} đơn vị đã báo cáo" if covered else ""


def _abstract(title: str) -> str:
    """The title without the type of the document, which stands over it."""
    line = _line(title)
    bare = line[len(KIND) :].lstrip() if line.upper().startswith(KIND) else line
    return bare[:1].upper() + bare[1:]


def _symbol(snapshot: Snapshot, marks: IssueMarks) -> str:
    return _line(marks.symbol or f"{snapshot.definition.document_symbol}-{DOTS}")


def _day(day: date | None) -> str:
    return date_text(day) if day else f"ngày {DOTS[:4]} tháng {DOTS[:4]} năm {DOTS}"


def _subtitle(snapshot: Snapshot, edition: Edition) -> Iterator[str]:
    if snapshot.period_kind != URGENT:
        days = f"số liệu từ ngày {snapshot.starts_on:%d/%m/%Y} đến ngày {snapshot.ends_on:%d/%m/%Y}"
        yield f"Năm học {snapshot.school_year}, {days}"
    elif snapshot.version > 1:
        yield f"Diễn biến mới, lần {snapshot.version}"
    if snapshot.letter_number:
        day = f" ngày {snapshot.letter_issued_on:%d/%m/%Y}" if snapshot.letter_issued_on else ""
        issuer = f" của {_line(snapshot.letter_issuer)}" if snapshot.letter_issuer else ""
        yield f"Theo văn bản số {_line(snapshot.letter_number)}{day}{issuer}"
    if snapshot.is_supplementary:
        yield "Báo cáo bổ sung, thay cho phiên bản trước"
    if edition.is_public:
        yield "Bản công bố: số người từ 0 đến 4, và số che để không suy ra được chúng, đã ẩn"


def _body(snapshot: Snapshot) -> Iterator[Block]:
    if snapshot.is_nil:
        yield Text(("Đơn vị xác nhận: không phát sinh vụ việc trong kỳ báo cáo.",))
    if snapshot.coverage:
        yield Text((f"{coverage(snapshot)}; không ước tính số liệu của đơn vị chưa báo cáo.",))
    for place, section in enumerate(snapshot.definition.sections, 1):
        yield Heading(f"{roman(place)}. {_line(section.label_vi)}", 1)
        yield from _section(section, snapshot)
    if explained := [rule for rule in snapshot.broken_rules if rule.strength != "warning"]:
        yield Heading(f"{roman(len(snapshot.definition.sections) + 1)}. Giải trình số liệu", 1)
        yield from (Text(tuple(_explained(rule))) for rule in explained)


def _section(section: Section, snapshot: Snapshot) -> Iterator[Block]:
    if section.intro_vi:
        yield Text(_paragraphs(section.intro_vi))
    for items in _runs(section.items):
        first = items[0]
        if isinstance(first, NarrativeItem):
            if first.label_vi != section.label_vi:
                yield Heading(_line(first.label_vi), 2)
            yield Text(_paragraphs(snapshot.narratives.get(first.code, "")) or ("(không có nội dung)",))
        elif isinstance(first, EvidenceItem):
            yield Text((f"{_line(first.label_vi)}: {EVIDENCE}",))
        elif isinstance(first, TableItem):
            yield from code_table(first, snapshot)
        elif isinstance(first, IndicatorItem):
            yield indicators([each for each in items if isinstance(each, IndicatorItem)], snapshot, coverage(snapshot))


def _runs(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Neighbouring indicators together, each other item alone."""
    run: list[Item] = []
    for item in items:
        if run and not (isinstance(item, IndicatorItem) and isinstance(run[-1], IndicatorItem)):
            yield run
            run = []
        run.append(item)
    if run:
        yield run


def _appendix(snapshot: Snapshot) -> Iterator[Block]:
    for place, section in enumerate(snapshot.definition.sections, 1):
        tables = breakdowns(section, snapshot)
        if tables is not None:
            yield Heading(f"{roman(place)}. {_line(section.label_vi)}", 1)
            yield tables


def _explained(rule: SnapshotRule) -> Iterator[str]:
    broken = "Chưa đạt quy tắc bắt buộc: " if rule.strength == "error" else ""
    yield f"{broken}{_line(rule.text_vi)}"
    if rule.explanation:
        yield f"Giải trình: {_line(rule.explanation)}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
