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
    "Đơn vị chưa có lớp nào của năm học này, hoặc cấp học, phù hợp với các bản mẫu",
    "The unit has no class of the school year, and no school level, that a template of the campaign suits",
)
CAMPAIGN_NOT_OPEN = define("campaign_not_open", 409, "Đợt ký cam kết chưa bắt đầu", "The campaign has not begun")
FILES_FULL = define(
    "commitment_files_full",
    409,
    "Lớp hoặc bản cam kết đã đủ số tệp hoặc dung lượng",
    "The class, or the agreement, has all the files, or bytes, that it may have",
)
SLIP_NOT_USABLE = define(
    "slip_not_usable",
    404,
    "Không dùng được mã này: hãy mở lại từ đầu, hoặc hỏi nhà trường",
    "This code cannot be used: begin again, or ask the school",
)
TEXT_CHANGED = define(
    "commitment_text_changed",
    409,
    "Nội dung cam kết đã có bản mới: hãy đọc lại trước khi ký",
    "There is a new version of the text: read it before you sign",
)
WRONG_SECOND_THING = define(
    "wrong_second_thing",
    403,
    "Số cuối điện thoại hoặc mã PIN không đúng",
    "The last digits of the telephone, or the PIN, are wrong",
)
SLIP_ENDED = define("slip_ended", 409, "Phiếu này đã hết hiệu lực", "The slip has ended")
NO_SLIP_TO_PRINT = define(
    "no_slip_to_print",
    409,
    "Lớp không có người giám hộ nào cần in phiếu",
    "The class has no guardian for whom a slip is printed",
)
