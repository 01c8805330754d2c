"""A report that was returned once and is a draft again, with its form, period and a unit that reports for it."""

from datetime import UTC, date, datetime
from typing import Any

from app.core.ids import case_code, new_id
from app.models.reports.issues import ReportDisclosure, ReportIssuance
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import (
    Report,
    ReportContribution,
    ReporterUnit,
    ReportEvent,
    ReportFigure,
    ReportSection,
    ReportVersion,
    part_of,
)
from app.models.reports.templates import ReportTemplate
from app.schemas.reports.definitions import Definition
from tests.documents.reports.invented import SNAPSHOT
from tests.factories.reports import definition
from tests.isolation.plot import Plot, Reader
from tests.isolation.rule import REPORT_READERS, Actor

# Of the reference data.
YEAR = "2023-2024"


def plant(plot: Plot) -> None:
    template = ReportTemplate(
        code=f"t{new_id().hex[-12:]}",
        number=1,
        label_vi="Mẫu thử",
        label_en="Test form",
        definition=Definition.model_validate(definition()).model_dump(mode="json"),
        digest=new_id().hex,
        valid_from=date(2020, 1, 1),
        created_at=plot.now,
        published_at=plot.now,
    )
    period = ReportPeriod(
        unit_id=plot.holder,
        org_path=plot.path,
        code=case_code(2020),
        kind="requested",
        template_id=template.id,
        school_year=YEAR,
        starts_on=date(2019, 8, 1),
        ends_on=date(2020, 5, 31),
        cut_off_at=datetime(2020, 7, 25, tzinfo=UTC),
        dues=[],
        questions=(words := _word(plot, _in_line(plot), 8)),
        opened_at=plot.now,
        created_at=plot.now,
        created_by=new_id(),
    )
    report = Report(
        code=case_code(2020),
        period_id=period.id,
        unit_id=plot.holder,
        org_path=plot.path,
        state="draft",
        newest=2,
        due_on=date(2020, 8, 1),
        due_at=plot.now,
        created_at=plot.now,
        cipher=plot.work.new_cipher(),
        extension_reason=words,
    )
    plot.add(template, period, report)
    _versions(plot, report, words)
    plot.add(
        ReporterUnit(
            report_id=report.id,
            org_path=plot.path,
            period_id=period.id,
            unit_id=plot.bystander,
            valid_from=date(2020, 1, 1),
            decision_number=words,
            named_at=plot.now,
            named_by=new_id(),
        ),
        ReportEvent(**part_of(report), kind="submitted", data={"word": words}, reason=words, at=plot.now),
    )
    plot.record("report_id", report.id, _in_line(plot))
    plot.record("period_id", period.id, _in_line(plot))


def _versions(plot: Plot, report: Report, words: str) -> None:
    """The first was submitted and returned; the second is a draft, which no unit above reads."""
    draft = _word(plot, _own(plot), 7)
    for number, word in ((1, words), (2, draft)):
        version = ReportVersion(**part_of(report), number=number, started_at=plot.now, started_by=new_id())
        if number == 1:
            version.submitted_at, version.digest = plot.now, "0" * 64
            version.returned_at, version.return_items, version.return_texts = plot.now, {"A1": "other"}, {"A1": word}
            version.signer_name = word
            version.snapshot = _snapshot(report, word)
        plot.add(version)
        if number == 1:
            plot.add(*_issued(plot, report, version, word))
        for code in ("figures", "texts"):
            section = ReportSection(**part_of(report), version_id=version.id, code=code, edited_at=plot.now)
            section.comments, section.narratives = {"A1;": word}, {"SITUATION": word}
            plot.add(section)
        plot.add(
            ReportContribution(
                report_id=report.id,
                org_path=plot.path,
                version_id=version.id,
                item="A1",
                digest="0" * 64,
                numerator=1,
            ),
            ReportFigure(
                report_id=report.id,
                org_path=plot.path,
                version_id=version.id,
                item="A1",
                status="declared",
                numerator=1,
                outside_source=word,
            ),
        )


def _snapshot(report: Report, word: str) -> dict[str, Any]:
    """An invented one, of this report."""
    named = {"report_id": report.id, "code": report.code, "version": 1, "signer_name": word, "narratives": {"N0": word}}
    return SNAPSHOT.model_copy(update=named).model_dump(mode="json")


def _issued(plot: Plot, report: Report, version: ReportVersion, word: str) -> tuple[ReportIssuance, ReportDisclosure]:
    issuance = ReportIssuance(
        **part_of(report),
        version_id=version.id,
        unit_id=plot.holder,
        year=2020,
        number=plot.number + 1,
        symbol=word,
        issued_on=date(2020, 8, 1),
        place=word,
        recipients=[word],
        entered_at=plot.now,
    )
    disclosure = ReportDisclosure(
        report_id=report.id,
        org_path=plot.path,
        version_id=version.id,
        hidden=[["TH02", word]],
        decided_at=plot.now,
    )
    return issuance, disclosure


def _word(plot: Plot, reader: Reader, number: int) -> str:
    word = f"zq{plot.number:06d}t{number}zq"
    plot.readers[word] = reader
    return word


def _in_line(plot: Plot) -> Reader:
    return lambda actor: actor.role in REPORT_READERS and plot.is_in_line(actor)


def _own(plot: Plot) -> Reader:
    def reads(actor: Actor) -> bool:
        return actor.role in REPORT_READERS and actor.unit == plot.case.holder

    return reads
