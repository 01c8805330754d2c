"""Texts shown to an anonymous reporter besides the messages."""

from app.core.problems import Language

NOTICE: dict[Language, str] = {
    "vi": "Hãy ghi lại tám từ này và giữ kín: chỉ có tám từ này mới tra cứu được kết quả. Nếu đang nguy hiểm, gọi 111,"
    " 113 hoặc 115.",
    "en": "Write these eight words down and keep them secret: only they tell what became of it. In danger, call 111,"
    " 113 or 115.",
}
ADVICE: dict[Language, str] = {
    "vi": "Khi cần giúp ngay: Tổng đài quốc gia bảo vệ trẻ em 111 (miễn phí, 24/24).",
    "en": "For help at once: the national child protection hotline 111 (free, day and night).",
}
STATES: dict[str, dict[Language, str]] = {
    "received": {"vi": "Đã tiếp nhận, đang chờ xem xét", "en": "Received, waiting to be looked at"},
    "set_aside": {
        "vi": "Đã xem, hiện chưa lập vụ việc; bạn vẫn có thể nhắn thêm",
        "en": "Looked at, no incident opened for now; you can still write",
    },
    "in_progress": {"vi": "Đang được xem xét, giải quyết", "en": "Being looked into"},
    "closed": {"vi": "Đã kết thúc", "en": "Closed"},
}
HAPPENED: dict[str, dict[Language, str]] = {
    "received": {"vi": "Đã tiếp nhận thông tin của bạn.", "en": "What you told was received."},
    "forwarded": {
        "vi": "Thông tin của bạn đã được chuyển đến nơi có trách nhiệm xem xét.",
        "en": "What you reported was passed on to those responsible for it.",
    },
    "set_aside": {
        "vi": "Đã xem thông tin của bạn, hiện chưa lập vụ việc. Nếu sự việc là thật, hãy nhắn thêm ở đây.",
        "en": "What you reported was looked at, and no incident was opened for now. If it is real, write more here.",
    },
    "taken_up_again": {
        "vi": "Thông tin của bạn đang được xem xét lại.",
        "en": "What you reported is being looked at again.",
    },
    "taken_up": {"vi": "Đã có người xem xét, giải quyết.", "en": "Somebody is looking into it."},
    "raised_above": {
        "vi": "Đã quá hạn xem xét; hệ thống đã tự động chuyển lên đơn vị cấp trên.",
        "en": "It was not looked at in time; the level above was told by itself.",
    },
    "closed": {"vi": "Vụ việc đã kết thúc.", "en": "The matter is closed."},
}
