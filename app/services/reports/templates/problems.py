"""How templates refuse a request."""

from app.core.problems import define

TEMPLATE_FROZEN = define(
    "template_frozen",
    409,
    "Mẫu đã ban hành thì không sửa được: hãy soạn phiên bản mới",
    "A published template does not change: draft a new version",
)
INDICATOR_FROZEN = define(
    "indicator_frozen",
    409,
    "Đơn vị tính, loại số liệu và cách tổng hợp của chỉ tiêu đã có số liệu thì không đổi được",
    "Unit, measure and roll-up of an indicator do not change once it has values",
)
