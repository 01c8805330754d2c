"""Reports: drafted section by section, submitted, reviewed, locked."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.api.http.deps import Idempotent, IfMatch, May, PagingDep, WorkDep, check_tag, entity_tag
from app.api.http.filters import ListFilterDep, Several, several
from app.api.http.next_actions import Acts, next_actions
from app.api.http.record_headers import RecordHeaders, Tagged
from app.api.http.routing import NoRecord, Route
from app.api.http.tags import tag
from app.models.reports.reports import Report, ReportFilter, ReportSection
from app.schemas.base import ListOut, SchoolYearCode
from app.schemas.reports.definitions import Cell, ItemCode, SectionCode
from app.schemas.reports.flow import REPORT_FLOW, ReportState
from app.schemas.reports.lineage import LineageOut
from app.schemas.reports.reports import (
    AcceptanceOut,
    AcceptancesIn,
    ConsolidationOut,
    ReasonIn,
    ReportDetailOut,
    ReportEventOut,
    ReportOut,
    ReturnIn,
    SectionDetailOut,
    SectionHeadOut,
    SectionIn,
    SubmissionIn,
    VersionHeadOut,
    VersionOut,
)
from app.schemas.reports.snapshots import VersionNumber
from app.security.access.roles import Act, Resource
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.consolidation.lineage import LineageService
from app.services.reports.disclosure.disclosures import DisclosureService
from app.services.reports.documents.issuances import IssuanceService
from app.services.reports.drafting.drafts import DraftService
from app.services.reports.obligations.extensions import ExtensionService
from app.services.reports.reports import ReportService
from app.services.reports.review.reviews import ReviewService
from app.services.reports.submission.readings import ReadingService
from app.services.reports.submission.submissions import SubmissionService

router = APIRouter(
    tags=[tag("reports", "What units report for a period: drafted, submitted, reviewed, consolidated and locked")],
    route_class=Route,
)
reader = Depends(May(Act.READ, Resource.REPORT))
drafter = Depends(May(Act.CREATE, Resource.REPORT))
reviewer = Depends(May(Act.DECIDE, Resource.REPORT))
locker = Depends(May(Act.MANAGE, Resource.REPORT))

REPORT = "/reports/{report_id}"
WithSubmitted = Annotated[bool, Query(description="Also versions that are submitted and not accepted")]
ACTS = Acts(
    REPORT_FLOW,
    {
        "begin": "begin_report",
        "compute": "compute_report",
        "submit": "submit_report",
        "return": "return_report",
        "accept": "accept_report",
        "lock": "lock_report",
        "request_unlock": "request_report_unlock",
        "unlock": "unlock_report",
        "issue": "issue_report",
        "decide_disclosure": "decide_report_disclosure",
        "extend": "extend_report",
    },
)
BESIDE: Final[Mapping[str, type[IssuanceService | DisclosureService | ExtensionService]]] = {
    "issue": IssuanceService,
    "decide_disclosure": DisclosureService,
    "extend": ExtensionService,
}
SECTION_ACTS = Acts(REPORT_FLOW, {"edit": "edit_report_section"})


async def _check_act(work: UnitOfWork, report: Report, act: str) -> None:
    if act == "begin":
        await DraftService(work).check_act(report, act)
    elif act == "compute":
        await DraftService(work).check_editable(report)
    elif act == "submit":
        await SubmissionService(work).check_act(report, act)
    elif act in BESIDE:
        await BESIDE[act](work).check_act(report)
    else:
        await ReviewService(work).check_act(report, act)


async def _out(work: UnitOfWork, report: Report, headers: RecordHeaders) -> ReportDetailOut:
    service = ReportService(work)
    headers.tag(report.version)
    period = await service.period(report)
    definition = await service.definition(report)
    versions = await service.versions(report)
    heads = {head.code: head for head in await service.section_heads(report, versions)}
    return ReportDetailOut.of(
        report,
        template_id=period.template_id,
        school_year=period.school_year,
        term=period.term,
        versions=[VersionHeadOut.of(each) for each in versions],
        sections=[
            SectionHeadOut.of(heads[each.code], label_vi=each.label_vi, label_en=each.label_en)
            for each in definition.sections
            if each.code in heads
        ],
        next_actions=await next_actions(work, ACTS, partial(_check_act, work, report), report_id=report.id),
    )


async def _tagged(work: UnitOfWork, report_id: UUID, tag: IfMatch) -> Report:
    report = await ReportService(work).get(report_id)
    check_tag(tag, entity_tag(report.version))
    return report


@router.get("/reports", dependencies=[reader])
async def list_reports(
    paging: PagingDep,
    work: WorkDep,
    common: ListFilterDep,
    state: Several[ReportState] = None,
    period_id: UUID | None = None,
    school_year: SchoolYearCode | None = None,
) -> ListOut[ReportOut]:
    """List the reports that the caller's unit and its subordinates owe or submitted, newest first."""
    wanted = ReportFilter(several(state), common, period_id, school_year)
    return paging.listed(await ReportService(work).page(paging.page, wanted), ReportOut.of)


@router.get(REPORT, dependencies=[reader])
async def get_report(report_id: UUID, headers: Tagged, work: WorkDep) -> ReportDetailOut:
    """One report with its versions; above its unit those that were submitted."""
    return await _out(work, await ReportService(work).get(report_id), headers)


@router.get(f"{REPORT}/timeline", dependencies=[reader])
async def list_report_events(report_id: UUID, work: WorkDep) -> list[ReportEventOut]:
    """What was done with a report, in order."""
    service = ReportService(work)
    return [ReportEventOut.of(event) for event in await service.events(await service.get(report_id))]


@router.get(f"{REPORT}/versions/{{number}}", dependencies=[reader])
async def get_report_version(report_id: UUID, number: VersionNumber, headers: Tagged, work: WorkDep) -> VersionOut:
    """One version whole: a draft as it is now, a submitted one from its snapshot, with what changed since the last."""
    report = await ReportService(work).get(report_id)
    version = await ReportService(work).version(report, number)
    headers.tag(report.version, version.version)
    return await ReadingService(work).version(report, version)


@router.get(f"{REPORT}/figures/{{item}}/lineage", dependencies=[reader])
async def get_figure_lineage(
    report_id: UUID, item: ItemCode, work: WorkDep, cell: Cell | None = None, version: VersionNumber | None = None
) -> LineageOut:
    """What one figure of a submitted version is made of, down to the versions below, and what has changed since."""
    service = ReportService(work)
    report = await service.get(report_id)
    number = version if version is not None else await service.newest_submitted(report)
    return await LineageService(work).of_figure(report, await service.version(report, number), item, cell or "")


@router.get(f"{REPORT}/consolidation", dependencies=[reader])
async def get_consolidation(report_id: UUID, work: WorkDep, with_submitted: WithSubmitted = False) -> ConsolidationOut:  # noqa: FBT002 — a query parameter
    """What a report of the caller's own unit would add up to now, from the versions that it accepted."""
    report = await ReportService(work).get(report_id)
    return await ReadingService(work).consolidation(report, with_submitted=with_submitted)


@router.post(f"{REPORT}/draft", status_code=201, dependencies=[drafter, Idempotent])
async def begin_report(report_id: UUID, tag: IfMatch, headers: Tagged, work: WorkDep) -> ReportDetailOut:
    """Begin the draft: what is computed is filled in."""
    report = await _tagged(work, report_id, tag)
    await DraftService(work).begin(report)
    return await _out(work, report, headers)


@router.post(f"{REPORT}/computation", dependencies=[drafter, Idempotent])
async def compute_report(report_id: UUID, tag: IfMatch, headers: Tagged, work: WorkDep) -> ReportDetailOut:
    """Compute figures anew. Declared ones stay, with the new figure beside them."""
    report = await _tagged(work, report_id, tag)
    await DraftService(work).compute(report)
    return await _out(work, report, headers)


@router.get(f"{REPORT}/sections/{{section}}", dependencies=[reader])
async def get_report_section(report_id: UUID, section: SectionCode, headers: Tagged, work: WorkDep) -> SectionDetailOut:
    """One section of the newest version, with its form. Above the unit, once it is submitted."""
    report = await ReportService(work).get(report_id)
    return await _section(work, report, await DraftService(work).section(report, section), headers)


@router.put(f"{REPORT}/sections/{{section}}", dependencies=[drafter, Idempotent])
async def edit_report_section(
    report_id: UUID, section: SectionCode, body: SectionIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> SectionDetailOut:
    """Replace texts, declared figures and explanations of a section. What is left out is removed.

    A figure that is left out is the computed one, and missing where nothing is counted.
    """
    report = await ReportService(work).get(report_id)
    service = DraftService(work)
    edited = await service.section(report, section)
    check_tag(tag, entity_tag(edited.version))
    await service.edit(report, edited, body)
    return await _section(work, report, edited, headers)


async def _section(
    work: UnitOfWork, report: Report, section: ReportSection, headers: RecordHeaders
) -> SectionDetailOut:
    headers.tag(section.version)

    async def check(_: str) -> None:
        await DraftService(work).check_editable(report)

    acts = await next_actions(work, SECTION_ACTS, check, report_id=report.id, section=section.code)
    return SectionDetailOut.of(await ReadingService(work).section(report, section), next_actions=acts)


@router.post(f"{REPORT}/submission", dependencies=[drafter, Idempotent])
async def submit_report(
    report_id: UUID, body: SubmissionIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> ReportDetailOut:
    """Submit the newest version: it is checked, frozen with its digest, and goes to the unit above.

    The head submits, or who is named to sign for an absent head (`POST /acting-signers`).
    """
    report = await _tagged(work, report_id, tag)
    await SubmissionService(work).submit(report, body)
    return await _out(work, report, headers)


@router.post(f"{REPORT}/acceptance", dependencies=[reviewer, Idempotent])
async def accept_report(report_id: UUID, tag: IfMatch, headers: Tagged, work: WorkDep) -> ReportDetailOut:
    """Accept the submitted version of a unit below (Duyệt)."""
    report = await _tagged(work, report_id, tag)
    await ReviewService(work).accept(report)
    return await _out(work, report, headers)


@router.post("/report-acceptances", dependencies=[reviewer, Idempotent, NoRecord])
async def accept_reports(body: AcceptancesIn, work: WorkDep) -> list[AcceptanceOut]:
    """Accept many reports that are complete and explain nothing; each has its fate."""
    fates = await ReviewService(work).accept_many(body)
    return [AcceptanceOut(id=report_id, fate=fate) for report_id, fate in fates]


@router.post(f"{REPORT}/return", dependencies=[reviewer, Idempotent])
async def return_report(
    report_id: UUID, body: ReturnIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> ReportDetailOut:
    """Return a version with a coded reason for each item (Trả lại); its unit goes on with a copy."""
    report = await _tagged(work, report_id, tag)
    await ReviewService(work).return_(report, body)
    return await _out(work, report, headers)


@router.post(f"{REPORT}/lock", dependencies=[locker, Idempotent])
async def lock_report(report_id: UUID, tag: IfMatch, headers: Tagged, work: WorkDep) -> ReportDetailOut:
    """Lock an accepted report (Khóa)."""
    report = await _tagged(work, report_id, tag)
    await ReviewService(work).lock(report)
    return await _out(work, report, headers)


@router.post(f"{REPORT}/unlock-request", dependencies=[drafter, Idempotent])
async def request_report_unlock(
    report_id: UUID, body: ReasonIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> ReportDetailOut:
    """Ask for the lock to be lifted (Yêu cầu mở khóa); the unit above is notified.

    The head asks, or who is named to sign for an absent head (`POST /acting-signers`).
    """
    report = await _tagged(work, report_id, tag)
    await ReviewService(work).request_unlock(report, body)
    return await _out(work, report, headers)


@router.post(f"{REPORT}/unlocking", dependencies=[locker, Idempotent])
async def unlock_report(
    report_id: UUID, body: ReasonIn, tag: IfMatch, headers: Tagged, work: WorkDep
) -> ReportDetailOut:
    """Lift the lock (Mở khóa): a supplementary version begins."""
    report = await _tagged(work, report_id, tag)
    await ReviewService(work).unlock(report, body)
    return await _out(work, report, headers)
