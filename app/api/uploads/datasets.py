"""Datasets of uploads: their columns, and a template to fill in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from app.api.http.answer_headers import NAMED
from app.api.http.deps import May, WorkDep
from app.api.http.routing import Route, content
from app.integrations.tables.columns import Column
from app.integrations.tables.kinds import CodeOf
from app.schemas.base import Code
from app.schemas.uploads.uploads import DatasetColumnOut, DatasetOut
from app.security.access.roles import Act, Resource
from app.security.files.contents import KINDS
from app.services.uploads.contract import Dataset
from app.services.uploads.datasets.all import DATASETS, dataset_of
from app.services.uploads.templates import template, template_workbook

router = APIRouter(tags=["uploads"], route_class=Route)
reader = Depends(May(Act.READ, Resource.UPLOAD))
CSV, XLSX = "text/csv", KINDS["xlsx"].media_type
DatasetCode = Annotated[Code, Path(description="A dataset of `GET /upload-datasets`")]


def _column_out(column: Column) -> DatasetColumnOut:
    return DatasetColumnOut(
        name=column.name,
        head_vi=column.head.vi,
        head_en=column.head.en,
        required=column.is_required,
        aliases=list(column.aliases),
        code_list=column.kind.list if isinstance(column.kind, CodeOf) else None,
    )


def _dataset_out(dataset: type[Dataset]) -> DatasetOut:
    return DatasetOut(
        code=dataset.code,
        label_vi=dataset.label.vi,
        label_en=dataset.label.en,
        school_year_required=dataset.has_school_year,
        keys=[list(key) for key in (*dataset.keys, dataset.weak_key) if key],
        columns=[_column_out(column) for column in dataset.columns.all],
        most_rows=dataset.most_rows,
        all_or_nothing=dataset.takes_all_or_nothing,
        revertible=dataset.is_revertible,
    )


@router.get("/upload-datasets", dependencies=[reader])
async def list_upload_datasets(work: WorkDep) -> list[DatasetOut]:  # noqa: ARG001 — within a unit of work, as every route
    """What can be uploaded, and the columns of each."""
    return [_dataset_out(dataset) for dataset in DATASETS.values()]


@router.get(
    "/upload-datasets/{dataset}/template.csv",
    dependencies=[reader],
    responses=content(CSV, "string"),
    openapi_extra=NAMED,
)
async def get_upload_template(dataset: DatasetCode, work: WorkDep) -> Response:
    """A CSV to fill in, with the heads, what each column takes, and an example row. Both are skipped in an upload."""
    text = await template(work, dataset_of(dataset))
    headers = {"Content-Disposition": f'attachment; filename="mau-{dataset}.csv"'}
    return Response(text.encode(), media_type=CSV, headers=headers)


@router.get(
    "/upload-datasets/{dataset}/template.xlsx",
    dependencies=[reader],
    responses=content(XLSX, "string"),
    openapi_extra=NAMED,
)
async def get_upload_template_workbook(dataset: DatasetCode, work: WorkDep) -> Response:
    """The same template as a workbook, with the closed lists as drop-downs from its second sheet."""
    written = await template_workbook(work, dataset_of(dataset))
    headers = {"Content-Disposition": f'attachment; filename="mau-{dataset}.xlsx"'}
    return Response(written, media_type=XLSX, headers=headers)
