"""Workbooks that arrive: their rows are stored beside them, sealed as they are."""

from contextlib import suppress
from dataclasses import replace
from typing import Final

from app.integrations.objects import StoreError
from app.integrations.tables.faults import TableError, text_of
from app.integrations.tables.workbooks import WorkbookReader
from app.security.files.contents import TABLE
from app.security.files.problems import NOT_A_TABLE
from app.services.platform.reception import Received, store_problems
from app.services.platform.unit_of_work import Runtime
from app.services.uploads.problems import WORKBOOK_REFUSED

WORKBOOKS: Final = frozenset({"xlsx", "xls"})


async def with_rows(runtime: Runtime, received: Received) -> Received:
    """A workbook with its rows as what is shared of it; a text is a table as it is.

    Raises `not_a_table` (415) for another kind of file, `workbook_refused` (422) with the fault, and `unavailable`
    (503) on overload.
    """
    if received.kind is TABLE:
        return received
    if received.kind.name not in WORKBOOKS:
        raise NOT_A_TABLE()
    place, key, original = received.place, received.id, received.original
    pieces = runtime.files.read(original, place.aad(key, "original"), 0, original.size)
    deposit = runtime.files.deposit(place.aad(key, "shared"))
    try:
        with store_problems():
            async for piece in runtime.cache(WorkbookReader).rows(pieces, received.kind.name):
                await deposit.write(piece)
            return replace(received, shared=await deposit.finish())
    except BaseException as error:
        with suppress(StoreError):
            await deposit.abandon()
        if isinstance(error, TableError):
            extra = {"fault": error.code, "row": error.row}
            raise WORKBOOK_REFUSED(text_of(error.code, error.limit), extra=extra) from None
        raise
