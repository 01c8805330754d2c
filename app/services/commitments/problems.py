"""How commitments refuse a request."""

from app.core.problems import define

TEMPLATE_PUBLISHED = define(
    "commitment_template_published",
    409,
    "Bản mẫu này đã được công bố và giữ nguyên",
    "This version is published, and stays as it is",
)
NO_COMMITMENT_CLASS = define(
    "no_commitment_class",
    409,
    "Đơn vị chưa có lớp nào của năm học này phù hợp với các bản mẫu",
    "The unit has no class of the school year that a template of the campaign suits",
)
CAMPAIGN_NOT_OPEN = define("campaign_not_open", 409, "Đợt ký cam kết chưa bắt đầu", "The campaign has not begun")
FILES_FULL = define(
    "commitment_files_full",
    409,
    "Lớp đã đủ số tệp hoặc dung lượng",
    "The class has all the files, or bytes, that it may have",
)
