"""The templates that come with a release, as published versions."""

import json
from collections.abc import Iterator
from importlib.resources import files

from app.repositories.commitments.templates import CommitmentTemplateRepository
from app.schemas.commitments.templates import CommitmentTemplateIn
from app.services.commitments.templates import new_template
from app.services.platform.unit_of_work import UnitOfWork


async def load_commitment_templates(work: UnitOfWork) -> None:
    """Publish each template of the release that differs from its newest version, under the next number."""
    templates = CommitmentTemplateRepository(work.session)
    for file in commitment_templates():
        newest = await templates.of_product(file.code)
        number = 1 + (newest.number if newest else 0)
        template = new_template(file.code, number, file.document, created_at=work.now, published_at=work.now)
        if newest is None or newest.digest != template.digest:
            templates.add(template)


def commitment_templates() -> Iterator[CommitmentTemplateIn]:
    folder = files("app.reference").joinpath("commitment_templates")
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        yield CommitmentTemplateIn.model_validate(json.loads(path.read_text("utf-8")))
