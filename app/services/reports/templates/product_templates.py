"""The templates that come with a release, as published versions."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from importlib.resources import files

from app.core.canonical_json import digest_of
from app.models.reports.templates import ReportTemplate
from app.repositories.reports.templates import TemplateRepository
from app.schemas.reports.templates import TemplateFile
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.templates.definitions import stored
from app.services.reports.templates.known import known_of
from app.services.reports.templates.rule_checks import check_definition


class FaultyTemplateError(Exception):
    """A template of the release names what there is not."""


async def load_product_templates(work: UnitOfWork, codes: Iterable[Mapping[str, str]]) -> None:
    """Publish each template of the release that differs from its newest version, under the next number.

    Raises FaultyTemplateError.
    """
    known = known_of((row["list"], row["code"]) for row in codes)
    templates = TemplateRepository(work.session)
    for file in product_templates():
        if faults := check_definition(file.definition, known):
            raise FaultyTemplateError(f"{file.code}: {faults[0].pointer} {faults[0].code}")
        newest = await templates.of_product(file.code)
        document = stored(file.definition)
        if newest is None or newest.digest != digest_of(document):
            templates.add(_published(work, file, 1 + (newest.number if newest else 0)))
            _end(newest, file.valid_from)


def product_templates() -> Iterator[TemplateFile]:
    for path in sorted(files("app.reference").joinpath("report_templates").iterdir(), key=lambda each: each.name):
        yield TemplateFile.model_validate(json.loads(path.read_text("utf-8")))


def _published(work: UnitOfWork, file: TemplateFile, number: int) -> ReportTemplate:
    document = stored(file.definition)
    return ReportTemplate(
        code=file.code,
        number=number,
        label_vi=file.definition.title_vi,
        label_en=file.definition.title_en,
        definition=document,
        digest=digest_of(document),
        valid_from=file.valid_from,
        created_at=work.now,
        published_at=work.now,
    )


def _end(former: ReportTemplate | None, day: date) -> None:
    """End the version before; one of the same day gives way to the later number."""
    if former is not None and former.valid_from < day:
        former.valid_to = day
