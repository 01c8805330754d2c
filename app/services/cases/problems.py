"""How incidents and children's cases refuse a request."""

from app.core.problems import define

OPEN_CASES = define(
    "open_cases",
    409,
    "Còn hồ sơ trẻ chưa kết thúc: hãy kết thúc từng hồ sơ trước",
    "A child's case is still open: close each case first",
)
CASE_REQUIRED = define(
    "case_required",
    409,
    "Nạn nhân dưới 18 tuổi chưa có hồ sơ đã kết thúc theo kế hoạch được phê duyệt, hoặc chưa nêu nạn nhân nào: hãy lập"
    " hồ sơ, hoặc để cấp trên kết thúc và nêu without_case",
    "A victim under 18 has no case closed by an approved plan, or no victim is named: open one, or have the level above"
    " close it and name without_case",
)
SEVERITY_NOT_ASSESSED = define(
    "severity_not_assessed",
    409,
    "Chưa đánh giá mức độ: hãy đánh giá trước",
    "The severity is not assessed yet: assess it first",
)
PROPOSAL_REQUIRED = define(
    "proposal_required",
    409,
    "Đơn vị giữ hồ sơ không tự quyết định việc này: hãy lập đề nghị để cấp trên (hoặc người thứ hai của đơn vị) quyết"
    " định",
    "The holder does not decide this alone: propose it, and the level above (or a second person of the holder) decides",
)
RISK_HIGH = define(
    "risk_high",
    409,
    "Lần đánh giá gần nhất cho thấy nguy cơ còn cao: hãy tiếp tục kế hoạch và rà soát lại",
    "By the latest assessment the risk is high: the plan goes on, and is reviewed again",
)
APPROVED_PLAN_REQUIRED = define(
    "approved_plan_required",
    409,
    "Chưa có kế hoạch được phê duyệt trong đợt này",
    "No plan is approved in the present cycle",
)
MERGED = define(
    "merged",
    409,
    "Vụ việc này đã được gộp: hãy ghi tiếp vào vụ việc còn lại",
    "This incident was merged: go on in the one that stands for both",
)
NOT_EXEMPTIBLE = define(
    "not_exemptible",
    409,
    "Chỉ nghĩa vụ thông báo mới được miễn, và chỉ việc thông báo cho gia đình mới được tạm dừng",
    "Only a duty to notify is waived, and only the family's is suspended",
)
NO_ACCUSED_RELATIVE = define(
    "no_accused_relative",
    409,
    "Vụ việc không có cha mẹ, người giám hộ hoặc người thân nào bị phản ánh",
    "No parent, guardian or relative is accused in the incident",
)
NOT_ACCUSED = define(
    "not_accused",
    409,
    "Người này không phải cán bộ, giáo viên bị phản ánh",
    "This person is not an accused member of staff",
)
REPORTER_NAMED = define(
    "reporter_named",
    409,
    "Vụ việc còn nêu người báo tin: hãy sửa vai trò, họ tên và mô tả của người đó trước",
    "The incident still lists a person as its reporter: change that person's role, name and description first",
)
