"""What people must know of a file: why it has no shared copy, and what its original discloses."""

from typing import Final

from app.core.problems import Text
from app.core.vocabulary import CopyState, FileWarning

NOT_RELEASABLE_VI: Final = "Chỉ bản gốc được lưu làm chứng cứ, không chia sẻ ra ngoài đơn vị quản lý"
NOT_RELEASABLE_EN: Final = "Only the original is stored, as evidence, and a share does not disclose it"
WARNINGS: Final = {
    FileWarning.NOT_FOR_KIND: Text(
        f"Loại tệp này không có bản sao đã xóa siêu dữ liệu. {NOT_RELEASABLE_VI}",
        f"There is no copy without metadata for this kind of file. {NOT_RELEASABLE_EN}",
    ),
    FileWarning.TOO_LARGE: Text(
        f"Ảnh quá lớn để tạo bản sao đã xóa siêu dữ liệu. {NOT_RELEASABLE_VI}",
        f"The picture is too large for a copy without metadata. {NOT_RELEASABLE_EN}",
    ),
    FileWarning.CUT: Text(
        f"Ảnh bị thiếu phần cuối nên không tạo được bản sao đã xóa siêu dữ liệu. {NOT_RELEASABLE_VI}",
        f"The end of the picture is missing, so there is no copy without metadata. {NOT_RELEASABLE_EN}",
    ),
    FileWarning.UNREADABLE: Text(
        f"Không giải mã được ảnh nên không tạo được bản sao đã xóa siêu dữ liệu. {NOT_RELEASABLE_VI}",
        f"The picture cannot be decoded, so there is no copy without metadata. {NOT_RELEASABLE_EN}",
    ),
    FileWarning.PLACE_AND_IDENTITY: Text(
        "Phim và ghi âm mang nơi chốn và danh tính: giọng nói, khuôn mặt, cảnh vật, vị trí và máy quay",
        "A film or recording carries place and identity: voices, faces, surroundings, position and device",
    ),
}


def warnings_of(copy_state: str, media_type: str) -> list[FileWarning]:
    """The one about the copy first."""
    found = [] if copy_state == CopyState.MADE else [FileWarning(copy_state)]
    if media_type.startswith(("video/", "audio/")):
        found.append(FileWarning.PLACE_AND_IDENTITY)
    return found
