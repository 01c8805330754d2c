"""A submitted report with evidence, and an urgent report on the incident with its text."""

from datetime import UTC, date, datetime

from app.core.ids import case_code, new_id
from app.models.reports.files import ReportFile
from app.models.reports.periods import ReportPeriod
from app.models.reports.reports import Report, ReportVersion, part_of
from app.models.reports.templates import ReportTemplate
from app.models.reports.urgent_reports import UrgentReportText
from app.schemas.reports.definitions import Definition
from tests.factories.report_files import SECTIONS
from tests.factories.reports import definition
from tests.isolation.plot import Plot
from tests.isolation.rule import REPORT_READERS, TIER, Actor

# Of the reference data.
YEAR = "2023-2024"


def plant(plot: Plot) -> None:
    described = Definition.model_validate(definition(sections=SECTIONS, rules=[])).model_dump(mode="json")
    template = ReportTemplate(
        code=f"t{new_id().hex[-12:]}",
        number=1,
        label_vi="Mẫu thử",
        label_en="Test form",
        definition=described,
        digest=new_id().hex,
        valid_from=date(2020, 1, 1),
        created_at=plot.now,
        published_at=plot.now,
    )
    plot.add(template)
    _plant_file(plot, *_submitted(plot, template, "requested", 0))
    _plant_text(plot, *_submitted(plot, template, "urgent", 1))


def _submitted(plot: Plot, template: ReportTemplate, kind: str, ordinal: int) -> tuple[Report, ReportVersion]:
    period = ReportPeriod(
        unit_id=plot.holder,
        org_path=plot.path,
        code=case_code(2020),
        kind=kind,
        template_id=template.id,
        school_year=YEAR,
        starts_on=date(2019, 8, 1),
        ends_on=date(2020, 5, 31),
        cut_off_at=datetime(2020, 7, 25, tzinfo=UTC),
        dues=[],
        opened_at=plot.now,
        created_at=plot.now,
        created_by=new_id(),
    )
    report = Report(
        code=case_code(2020),
        period_id=period.id,
        unit_id=plot.holder,
        org_path=plot.path,
        ordinal=ordinal,
        state="submitted",
        newest=1,
        due_on=date(2020, 8, 1),
        due_at=plot.now,
        created_at=plot.now,
        cipher=plot.work.new_cipher(),
    )
    version = ReportVersion(**part_of(report), number=1, started_at=plot.now, started_by=new_id())
    version.submitted_at, version.digest = plot.now, "0" * 64
    plot.add(period, report, version)
    return report, version


def _plant_file(plot: Plot, report: Report, version: ReportVersion) -> None:
    word = f"zq{plot.number:06d}t6zq"
    plot.readers[word] = lambda actor: actor.role in REPORT_READERS and plot.is_in_line(actor)
    key = new_id()
    file = ReportFile(
        **part_of(report),
        id=key,
        version_id=version.id,
        number=1,
        purpose="evidence",
        item="PROOF",
        kind="text",
        size=1,
        copy_state="not_for_kind",
        object_name=key.hex,
        created_at=plot.now,
        title=word,
        keys={"sha256": word},
    )
    plot.add(file)
    plot.record("report_file_id", file.id, plot.readers[word])


def _plant_text(plot: Plot, report: Report, version: ReportVersion) -> None:
    """No grant of the case opens it, and it takes the second tier."""
    word = f"zq{plot.number:06d}t5zq"

    def reads(actor: Actor) -> bool:
        return _reaches(plot, actor) and TIER.get(actor.role, 0) >= 2

    plot.readers[word] = reads
    text = UrgentReportText(
        **plot.sealed,
        report_id=report.id,
        unit_id=plot.holder,
        number=1,
        narratives={"SITUATION": word},
        salt=word,
        digest=version.digest,
        started_at=plot.now,
        started_by=new_id(),
        edited_at=plot.now,
        edited_by=new_id(),
        submitted_at=plot.now,
    )
    plot.add(text)
    plot.record("urgent_report_id", text.id, lambda actor: _reaches(plot, actor))


def _reaches(plot: Plot, actor: Actor) -> bool:
    return actor.role in REPORT_READERS and plot.is_in_line(actor)
