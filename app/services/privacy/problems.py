"""Problems of retention."""

from app.core.problems import define

HELD = define(
    "held",
    409,
    "Hồ sơ đang được lưu giữ theo yêu cầu pháp lý: chưa được hủy",
    "A legal hold lies on the record: it cannot be destroyed",
)
MINIMUM_RETENTION = define(
    "minimum_retention",
    409,
    "Chưa hết thời hạn lưu giữ tối thiểu theo luật",
    "The minimum retention period set by law is not over",
)
