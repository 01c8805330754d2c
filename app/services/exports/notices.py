"""Notices of exports."""

from app.models.notices.kinds import define_notice

LARGE_EXPORT_MADE = define_notice(
    "large_export_made",
    "the level above the unit; `code` is the export's, `exported` what it lists, `rows` how many",
    *("code", "exported", "rows", "unit_id"),
)
