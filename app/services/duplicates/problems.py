"""How merges refuse a request."""

from app.core.problems import define

MERGE_NOT_REVERSIBLE = define(
    "merge_not_reversible",
    409,
    "Không tách được: đơn vị giữ trước đây không còn hoạt động",
    "It cannot be undone: a former holder of an incident is closed",
)
