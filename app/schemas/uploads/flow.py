"""The states of an upload."""

from typing import Annotated

from app.core.states import StateMachine, Step, state_of

UPLOAD_FLOW = StateMachine(
    "upload",
    "received",
    {
        "received": ("Đã nhận tệp", "Received"),
        "checking": ("Đang kiểm tra", "Being checked"),
        "held": ("Chờ người quyết định", "Waiting for a person"),
        "applying": ("Đang ghi", "Being applied"),
        "checked": ("Đã kiểm tra, chưa ghi", "Checked, nothing written"),
        "applied": ("Đã ghi", "Applied"),
        "refused": ("Bị từ chối, không ghi gì", "Refused, nothing written"),
        "cancelled": ("Đã hủy", "Cancelled"),
        "reverting": ("Đang hoàn tác", "Being reverted"),
        "reverted": ("Đã hoàn tác", "Reverted"),
    },
    (
        Step("check", ("received",), "checking", "Kiểm tra từng dòng", "Check each row"),
        Step("end_check", ("checking",), "checked", "Kết thúc kiểm tra thử", "End a dry run"),
        Step("hold", ("checking",), "held", "Giữ lại chờ quyết định", "Hold it for a person"),
        Step("apply", ("checking",), "applying", "Ghi các dòng", "Apply the rows"),
        Step("release", ("held",), "applying", "Cho ghi, nêu lý do", "Release it, with a reason", needs_reason=True),
        Step("finish", ("applying",), "applied", "Ghi xong", "Finish"),
        Step("refuse", ("received", "checking", "applying"), "refused", "Từ chối cả tệp", "Refuse the whole file"),
        Step(
            "revert",
            ("applied", "cancelled"),
            "reverting",
            "Hoàn tác, nêu lý do",
            "Revert it, with a reason",
            needs_reason=True,
        ),
        Step("end_revert", ("reverting",), "reverted", "Kết thúc hoàn tác", "End the revert"),
        Step("cancel", ("received", "checking", "held", "applying"), "cancelled", "Hủy", "Cancel it"),
    ),
)
UploadState = Annotated[str, state_of(UPLOAD_FLOW)]
