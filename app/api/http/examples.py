"""Examples of the bodies that callers send, all of them invented."""

from typing import Any

UNIT, INCIDENT, PERSON = (f"01994c2a-7b1e-7c00-8000-00000000000{n}" for n in (1, 2, 3))
TOLD = {
    "group": "school_violence",
    "forms": ["physical_violence"],
    "occurred_on": "2026-10-05",
    "location": "school_gate",
    "narrative": "Chuyện bịa: sau giờ học, một nhóm học sinh chặn đường một bạn lớp dưới.",
    "children": [{"sex": "female", "estimated_age": 12}],
    "accused": [{"kind": "pupil"}],
}
DECIDED = {"effective_on": "2026-09-01", "decision_number": "12/QĐ-SGDĐT"}
RECEIPT = "tám từ tiếng việt của biên nhận này"

EXAMPLES: dict[str, dict[str, Any]] = {
    "ActIn": {"act": "family_notified", "done_at": "2026-10-05T16:30:00+07:00"},
    "AnnouncedDayIn": {"is_working": True, "source": "Thông báo hoán đổi ngày làm việc (ví dụ)"},
    "AnswerIn": {"answer": "Đã phân công cán bộ phụ trách (ví dụ)"},
    "AssessmentIn": {
        "harm": {"harm_severity": "medium", "abuser_access": "high", "care_obstacles": "low"},
        "capacity": {"self_protection": "low", "recovery": "medium", "carer_support": "high"},
        "risk": "medium",
    },
    "AttachmentLinkIn": {"variant": "shared"},
    "CaseIn": {"person_id": PERSON},
    "ChaseIn": {"chased_at": "2026-10-06T09:00:00+07:00", "channel": "phone", "result": "promised"},
    "ClientIn": {"name": "Ứng dụng mẫu", "unit_id": UNIT, "scopes": ["incident:read"]},
    "ClockLevelEndIn": {"valid_to": "2027-01-01"},
    "ClockLevelIn": {
        "rule_code": "emergency_measures",
        "amount": 8,
        "measure": "hours",
        "decision_number": "12/QĐ-SGDĐT",
        "valid_from": "2026-09-01",
    },
    "ClosureIn": {"no_longer_at_risk": True, "is_stable": True, "evidence": "Biên bản rà soát (ví dụ)"},
    "DestructionIn": {"reason": "Tệp gửi nhầm (ví dụ)"},
    "DisciplineIn": {
        "person_id": PERSON,
        "measure": "self_criticism",
        "level": "level_2",
        "decided_on": "2026-10-12",
        "family_confirmed": True,
    },
    "EmergencyAccessIn": {"code": "2026-7K3M9-Q2XBD-M", "reason": "Trẻ đang ở phòng y tế của trường (ví dụ)"},
    "GrantIn": {
        "grantee_unit_id": UNIT,
        "tier": 2,
        "reason": "Phối hợp xác minh (ví dụ)",
        "expires_at": "2026-12-31T17:00:00Z",
    },
    "IncidentPatch": {"location": "school_gate", "occurred_on": "2026-10-05"},
    "IncidentTransitionIn": {"action": "acknowledge"},
    "IntakeIn": {"source_channel": "in_person", **TOLD},
    "IntakeLinkIn": {"incident_id": INCIDENT},
    "MailboxIn": {"unit_id": UNIT, "address": "van.thu@mau.example", "every_minutes": 60},
    "MergeIn": {"incident_id": INCIDENT, "etag": '"1.3"', "reason": "Hai tin báo về một vụ (ví dụ)"},
    "MergeUndoIn": {"etag": '"2.3"', "reason": "Hai vụ khác nhau (ví dụ)"},
    "MessageIn": {"text": "Nhà trường đã nhận tin và đang xác minh (ví dụ)."},
    "OpeningIn": {"reason": "Cần hỏi thêm người báo tin (ví dụ)"},
    "InformantSearchIn": {"phone": "0912 345 678", "reason": "Người báo tin gọi lại, mất biên nhận (ví dụ)"},
    "ReleaseIn": {"reason": "Cơ quan công an cần bản gốc (ví dụ)"},
    "OtpIn": {"otp": "123456"},
    "PasswordIn": {"old_password": "mật khẩu được cấp", "new_password": "bốn từ dài khó đoán"},
    "PersonIn": {"role": "witness", "kind": "pupil", "sex": "unknown"},
    "PersonPatch": {"estimated_age": 13},
    "PlanDecisionIn": {"decision": "approve", "decision_number": "15/QĐ-UBND"},
    "PlanIn": {
        "goal": "Trẻ an toàn và trở lại lớp (ví dụ)",
        "steps": [{"service": "counselling", "description": "Tư vấn hai buổi mỗi tuần (ví dụ)"}],
    },
    "PlanStepPatch": {"done_on": "2026-10-20", "result": "Đã thực hiện (ví dụ)"},
    "PublicIntakeIn": {"school_name": "Trường ví dụ", **TOLD},
    "ReceiptIn": {"receipt": RECEIPT},
    "ReferralAnswerIn": {"action": "acknowledge", "reference_given": "111-2026-0001"},
    "ReferralIn": {"hotline_id": UNIT, "channel": "phone", "made_at": "2026-10-05T16:40:00+07:00"},
    "ReferralTransitionIn": {"action": "acknowledge", "at": "2026-10-05T17:00:00+07:00"},
    "RefreshIn": {"refresh_token": "mã làm mới đã nhận khi đăng nhập"},
    "ReopeningIn": {"reason": "Nguy cơ xuất hiện lại (ví dụ)"},
    "ReplayIn": {"since": "2026-10-01T00:00:00Z"},
    "ReporterMessageIn": {"receipt": RECEIPT, "text": "Em muốn bổ sung (ví dụ)."},
    "RetentionHoldIn": {"reason": "Tòa án yêu cầu giữ hồ sơ (ví dụ)"},
    "RetentionLevelEndIn": {"valid_to": "2027-01-01"},
    "RetentionLevelIn": {
        "class_code": "closed_incident",
        "months": 240,
        "decision_number": "12/QĐ-SGDĐT",
        "valid_from": "2026-09-01",
    },
    "ReviewIn": {"is_justified": True, "review": "Đúng tình huống khẩn cấp (ví dụ)"},
    "SeverityIn": {"severity": "high", "reason": "Có thương tích (ví dụ)"},
    "SignInIn": {"username": "th.829.01.hieutruong", "password": "mật khẩu của bạn"},
    "SubjectRequestIn": {
        "kind": "access",
        "requester": "representative",
        "child_is_seven": True,
        "identity": {"name": "Người đại diện (ví dụ)"},
        "statement": "Xin biết dữ liệu về con tôi (ví dụ)",
    },
    "SubjectRequestTransitionIn": {"action": "accept", "answer": "Đã tiếp nhận yêu cầu (ví dụ)"},
    "UnitCloseIn": {**DECIDED, "kind": "merge", "successor_ids": [UNIT]},
    "UnitCreateIn": {**DECIDED, "kind": "school", "parent_id": UNIT, "name_vi": "Trường mẫu (ví dụ)"},
    "UnitDescription": {**DECIDED, "name_vi": "Trường mẫu đổi tên (ví dụ)"},
    "UnitMoveIn": {**DECIDED, "parent_id": UNIT},
    "UserIn": {"username": "can.bo.mau", "full_name": "Cán bộ mẫu", "role": "school_officer", "unit_id": UNIT},
    "UserPatch": {"status": "suspended"},
    "WebhookIn": {"unit_id": UNIT, "url": "https://ung-dung.example.vn/athd"},
    "WebhookPatch": {"state": "paused"},
    "WithdrawalIn": {"reason": "Kỷ luật nhầm người (ví dụ)"},
}


def exemplify(schemas: dict[str, Any]) -> None:
    """Give the bodies their examples."""
    for name, example in EXAMPLES.items():
        schemas[name]["examples"] = [example]
