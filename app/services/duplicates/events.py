"""What merging writes to the timelines of both incidents."""

from app.models.cases.events import EventKind


class MergeEvent(EventKind):
    ABSORBED_ANOTHER = "absorbed_another"
    MERGED = "merged"
    PARTED_FROM_ANOTHER = "parted_from_another"
    MERGE_UNDONE = "merge_undone"
