"""Uploads: of the caller's own unit alone, whatever stands below it."""

from tests.isolation.operation import On, fixed, listing, on_case
from tests.isolation.operation import Operation as Op
from tests.isolation.rule import UPLOADERS, is_of_holder

UPLOAD = "/api/v1/uploads/{upload_id}"

OPERATIONS: dict[str, Op] = {
    # Without a school year the request cannot be.
    "POST /api/v1/uploads": Op(
        On.NOTHING, UPLOADERS, 422, fixed(text="thử"), query="dataset=roster_counts", media_type="text/csv"
    ),
    "GET /api/v1/uploads": listing(UPLOADERS),
    f"GET {UPLOAD}": on_case(UPLOADERS, reached=is_of_holder),
    f"GET {UPLOAD}/errors": on_case(UPLOADERS, reached=is_of_holder),
    # None of them uploaded the file of the estate.
    f"GET {UPLOAD}/errors.csv": on_case(UPLOADERS, 403, reached=is_of_holder),
    # No system answers for a file that waits.
    f"GET {UPLOAD}/errors.xlsx": on_case(UPLOADERS, 403, reached=is_of_holder),
    f"POST {UPLOAD}/release": on_case(
        UPLOADERS - {"integration_client"}, 409, fixed(reason="thử"), reached=is_of_holder
    ),
    f"GET {UPLOAD}/changes": on_case(UPLOADERS, reached=is_of_holder),
    # The dataset of the estate is unknown; its state is that of an applied upload.
    f"GET {UPLOAD}/reversal": on_case(UPLOADERS - {"integration_client"}, 404, reached=is_of_holder),
    f"POST {UPLOAD}/revert": on_case(
        UPLOADERS - {"integration_client"}, 404, fixed(reason="thử"), reached=is_of_holder
    ),
    f"POST {UPLOAD}/cancel": on_case(UPLOADERS, 409, reached=is_of_holder),
    "GET /api/v1/upload-mappings": listing(UPLOADERS),
    "DELETE /api/v1/upload-mappings/{mapping_id}": on_case(UPLOADERS, 204, writes=True, reached=is_of_holder),
    "GET /api/v1/upload-datasets": listing(UPLOADERS, ""),
    "GET /api/v1/upload-datasets/{dataset}/template.csv": listing(UPLOADERS, ""),
    "GET /api/v1/upload-datasets/{dataset}/template.xlsx": listing(UPLOADERS, ""),
}
