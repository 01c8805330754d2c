"""Files of reports, and urgent reports on an incident."""

from tests.isolation.operation import INCIDENT, fixed, on_case, public
from tests.isolation.operation import Operation as Op
from tests.isolation.rule import DRAFTERS, REPORT_READERS, SIGNERS

REPORT = "/api/v1/reports/{report_id}"
FILE = "/api/v1/report-files/{report_file_id}"
URGENT = "/api/v1/urgent-reports/{urgent_report_id}"
UPLOAD = {"writes": True, "least": 9, "media_type": "text/plain", "elsewhere": 403}

OPERATIONS: dict[str, Op] = {
    f"GET {REPORT}/files": on_case(REPORT_READERS, least=9),
    # The report of the estate asks for no evidence.
    f"POST {REPORT}/files": on_case(DRAFTERS, 422, fixed(text="thử"), query="item=PROOF", **UPLOAD),
    f"POST {REPORT}/versions/{{number}}/issued-files": on_case(
        DRAFTERS, 201, fixed(text="thử"), refused=DRAFTERS - SIGNERS, **UPLOAD
    ),
    f"GET {FILE}": on_case(REPORT_READERS, least=9),
    f"POST {FILE}/links": on_case(REPORT_READERS, 201, fixed(variant="original"), least=9),
    f"POST {FILE}/destruction": on_case(DRAFTERS, 409, fixed(reason="thử"), writes=True, least=9, elsewhere=403),
    f"GET {FILE}/content": public(404, query="token=0"),
    f"POST {INCIDENT}/urgent-reports": on_case(DRAFTERS, 201, writes=True, elsewhere=403),
    f"GET {INCIDENT}/urgent-reports": on_case(REPORT_READERS),
    f"GET {URGENT}": on_case(REPORT_READERS, least=9),
    f"PUT {URGENT}": on_case(DRAFTERS, 409, fixed(narratives={}), tag_from=URGENT, writes=True, least=9, elsewhere=403),
    # The text of the estate has no snapshot.
    f"GET {URGENT}/documents/{{format}}": on_case(REPORT_READERS, 404, least=9),
    f"POST {URGENT}/submission": on_case(
        DRAFTERS, 409, fixed(), tag_from=URGENT, writes=True, least=9, elsewhere=403, refused=DRAFTERS - SIGNERS
    ),
}
