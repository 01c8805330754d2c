"""Uploads: of the caller's own unit alone, whatever stands below it."""

from tests.isolation.operation import On, fixed, listing, on_case
from tests.isolation.operation import Operation as Op
from tests.isolation.rule import ADMINISTRATORS, UPLOADERS, has_uploads

UPLOAD = "/api/v1/uploads/{upload_id}"
# An administrator may call what everybody calls who uploads, and finds its own uploads alone.
READERS = UPLOADERS | ADMINISTRATORS
# No system answers for a file that waits.
DECIDERS = READERS - {"integration_client"}

OPERATIONS: dict[str, Op] = {
    # Without a school year the request cannot be.
    "POST /api/v1/uploads": Op(
        On.NOTHING, UPLOADERS, 422, fixed(text="thử"), query="dataset=roster_counts", media_type="text/csv"
    ),
    "GET /api/v1/uploads": listing(READERS),
    f"GET {UPLOAD}": on_case(READERS, reached=has_uploads),
    f"GET {UPLOAD}/errors": on_case(READERS, reached=has_uploads),
    # None of them uploaded the file of the estate.
    f"GET {UPLOAD}/errors.csv": on_case(READERS, 403, reached=has_uploads),
    f"GET {UPLOAD}/errors.xlsx": on_case(READERS, 403, reached=has_uploads),
    f"POST {UPLOAD}/release": on_case(DECIDERS, 409, fixed(reason="thử"), reached=has_uploads),
    f"GET {UPLOAD}/changes": on_case(READERS, reached=has_uploads),
    # The dataset of the estate is unknown; its state is that of an applied upload.
    f"GET {UPLOAD}/reversal": on_case(DECIDERS, 404, reached=has_uploads),
    f"POST {UPLOAD}/revert": on_case(DECIDERS, 404, fixed(reason="thử"), reached=has_uploads),
    # Nobody reaches an upload of somebody else's accounts.
    f"POST {UPLOAD}/activation-slips": on_case(ADMINISTRATORS, 200, fixed(), reached=has_uploads),
    f"POST {UPLOAD}/cancel": on_case(READERS, 409, reached=has_uploads),
    "GET /api/v1/upload-mappings": listing(READERS),
    "DELETE /api/v1/upload-mappings/{mapping_id}": on_case(READERS, 204, writes=True, reached=has_uploads),
    "GET /api/v1/upload-datasets": listing(READERS, ""),
    "GET /api/v1/upload-datasets/{dataset}/template.csv": listing(READERS, ""),
    "GET /api/v1/upload-datasets/{dataset}/template.xlsx": listing(READERS, ""),
}
