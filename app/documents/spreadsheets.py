"""Workbooks in memory alone: nothing of them is written to a disk, and no text in them is a formula or a link."""

import io

from xlsxwriter import Workbook


def open_workbook(out: io.BytesIO) -> Workbook:
    return Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
