"""How merges refuse a request."""

from app.core.problems import define

EXEMPTION_UNDECIDED = define(
    "exemption_undecided",
    409,
    "Vụ việc còn đề nghị miễn hoặc tạm dừng thông báo chưa được quyết định",
    "An exemption from a duty of the incident is undecided",
)
MERGE_NOT_REVERSIBLE = define(
    "merge_not_reversible",
    409,
    "Không tách được: đơn vị giữ trước đây không còn hoạt động",
    "It cannot be undone: a former holder of an incident is closed",
)
