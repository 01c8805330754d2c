"""Templates: a version is one document, checked whole, and never changes; a campaign takes published ones."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from app.core.canonical_json import digest_of
from app.core.paging import Page, PageRequest
from app.core.problems import FORBIDDEN, INVALID, NOT_FOUND, FieldFault, fault, invalid
from app.core.vocabulary import STAFF_AGREEMENT
from app.models.commitments.templates import CommitmentTemplate
from app.repositories.commitments.templates import CommitmentTemplateRepository
from app.schemas.commitments.agreement_flow import KINDS, OF_CLASS, kind_of
from app.schemas.commitments.templates import CommitmentTemplateIn, Document
from app.services.commitments.problems import TEMPLATE_PUBLISHED
from app.services.platform.jobs import JobKind, enqueue
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reference.code_lists import CodeListService


class CommitmentTemplateService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.templates = CommitmentTemplateRepository(work.session)

    async def page(self, page: PageRequest, code: str | None = None) -> Page[CommitmentTemplate]:
        actor = self.work.actor
        return await self.templates.page(self.templates.shown_to(actor.unit_id, actor.org_path, code), page)

    async def find(self, template_id: UUID) -> CommitmentTemplate | None:
        actor = self.work.actor
        return await self.templates.one_shown_to(actor.unit_id, actor.org_path, template_id)

    async def get(self, template_id: UUID) -> CommitmentTemplate:
        """Raises `not_found` (404), also for another unit's draft."""
        found = await self.find(template_id)
        if found is None:
            raise NOT_FOUND()
        return found

    async def create(self, data: CommitmentTemplateIn) -> CommitmentTemplate:
        """Draft the next version of a code. Raises `invalid` (422) with every fault of the document."""
        await CodeListService(self.work).check(data, self.work.today)
        if faults := list(faults_of(data.document)):
            raise INVALID(faults=faults)
        unit_id = self.work.actor.unit_id
        self._check_against(await self.templates.last_published(data.code, unit_id), data.document)
        number = 1 + await self.templates.last_number(data.code, unit_id)
        template = new_template(data.code, number, data.document, created_at=self.work.now)
        template.unit_id, template.created_by = unit_id, self.work.actor.id
        template.asks_anew = None if data.asks_anew is None else list(data.asks_anew)
        self.templates.add(template)
        await self.work.flush()
        return template

    def _check_against(self, former: CommitmentTemplate | None, document: Document) -> None:
        """A class takes the next version as it stands: of the same levels, signed by the same parties."""
        names = () if former is None else ("levels", "parties")
        for name in names:
            if set(getattr(former, name)) != set(getattr(document, name)):
                text = ("Khác bản đã công bố: hãy lập mẫu có mã khác", "Other than published: make another template")
                raise invalid(f"/document/{name}", "other_than_published", *text)

    async def publish(self, template_id: UUID) -> CommitmentTemplate:
        """Publish a version; the classes of campaigns whose window is not over take it after the commit.

        Raises `not_found` (404), `forbidden` (403) for another unit's, `commitment_template_published` (409).
        """
        template = await self.get(template_id)
        if template.unit_id != self.work.actor.unit_id:
            raise FORBIDDEN()
        if template.published_at is not None:
            raise TEMPLATE_PUBLISHED()
        former = await self.templates.last_published(template.code, self.work.actor.unit_id)
        template.published_at, template.published_by = self.work.now, self.work.actor.id
        await self.work.flush()
        if former is not None:
            payload: dict[str, object] = {"template_id": str(former.id)}
            await enqueue(self.work, JobKind.FOLLOW_ROLLS, f"template:{template.id}", payload)
        return template


def new_template(code: str, number: int, document: Document, **more: Any) -> CommitmentTemplate:  # noqa: ANN401 — columns of the row
    stored = document.model_dump(mode="json", exclude_defaults=True)
    return CommitmentTemplate(
        code=code,
        number=number,
        title_vi=document.title_vi,
        title_en=document.title_en,
        levels=list(document.levels),
        parties=list(document.parties),
        document=stored,
        digest=digest_of(stored),
        **more,
    )


def faults_of(document: Document) -> Iterator[FieldFault]:
    """Parties who sign nothing together, clauses of one that is not asked, parties without a clause, and repetition."""
    yield from _unsuited(document)
    for name in ("levels", "parties", "staff_posts"):
        named = getattr(document, name)
        if len(set(named)) < len(named):
            yield fault(f"/document/{name}", "repeated", "Có mục lặp lại", "An item is named twice")
    for at, clause in enumerate(document.clauses):
        if clause.party not in document.parties:
            text = ("Bên này không được đề nghị ký", "This party is not asked to sign")
            yield fault(f"/document/clauses/{at}/party", "party_not_asked", *text)
    for at, party in enumerate(document.parties):
        if all(clause.party != party for clause in document.clauses):
            text = ("Bên này không có điều cam kết nào", "This party has no clause")
            yield fault(f"/document/parties/{at}", "no_clause", *text)


def _unsuited(document: Document) -> Iterator[FieldFault]:
    parties = frozenset(document.parties)
    if parties not in KINDS and parties not in OF_CLASS:
        text = ("Các bên này không ký chung một bản", "These parties sign nothing together")
        yield fault("/document/parties", "parties_do_not_fit", *text)
    if document.staff_posts and kind_of(parties) != STAFF_AGREEMENT:
        text = ("Chỉ cam kết của cán bộ nêu vị trí công tác", "Only an agreement of staff names posts")
        yield fault("/document/staff_posts", "posts_unused", *text)
