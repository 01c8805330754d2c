"""All state machines, for the labels and the generated documents."""

from app.schemas.attachments import ATTACHMENT_FLOW
from app.schemas.audit import AUDIT_FLOW
from app.schemas.cases.commitments import COMMITMENT_ANSWER_FLOW, VIOLATION_COMMITMENT_FLOW
from app.schemas.cases.flows import (
    ACCUSATION_FLOW,
    CASE_FLOW,
    CLOCK_FLOW,
    DISCIPLINE_FLOW,
    ESCALATION_FLOW,
    EXEMPTION_FLOW,
    INCIDENT_FLOW,
    PLAN_FLOW,
)
from app.schemas.commitments.agreement_flow import AGREEMENT_FLOW
from app.schemas.commitments.flow import COMMITMENT_FLOW
from app.schemas.commitments.reminders import REMINDER_FLOW
from app.schemas.duplicates.flow import MERGE_FLOW
from app.schemas.intakes.flow import INTAKE_FLOW
from app.schemas.learners.transfers import TRANSFER_FLOW
from app.schemas.notices.flow import WEBHOOK_FLOW
from app.schemas.privacy.flow import SUBJECT_REQUEST_FLOW
from app.schemas.proposals import PROPOSAL_FLOW
from app.schemas.referrals.flow import REFERRAL_FLOW
from app.schemas.reports.acting_signers import ACTING_SIGNER_FLOW
from app.schemas.reports.flow import REPORT_FLOW
from app.schemas.reports.period_flow import PERIOD_FLOW
from app.schemas.sharing.flow import EMERGENCY_ACCESS_FLOW
from app.schemas.units import UNIT_FLOW
from app.schemas.uploads.flow import UPLOAD_FLOW

FLOWS = (
    *(INTAKE_FLOW, INCIDENT_FLOW, REFERRAL_FLOW, CASE_FLOW, PLAN_FLOW, CLOCK_FLOW, EXEMPTION_FLOW, ESCALATION_FLOW),
    *(PROPOSAL_FLOW, ACCUSATION_FLOW, DISCIPLINE_FLOW, MERGE_FLOW, EMERGENCY_ACCESS_FLOW, ATTACHMENT_FLOW),
    *(PERIOD_FLOW, REPORT_FLOW, ACTING_SIGNER_FLOW, COMMITMENT_FLOW, TRANSFER_FLOW),
    *(AGREEMENT_FLOW, REMINDER_FLOW, VIOLATION_COMMITMENT_FLOW, COMMITMENT_ANSWER_FLOW),
    *(SUBJECT_REQUEST_FLOW, UNIT_FLOW, UPLOAD_FLOW, WEBHOOK_FLOW, AUDIT_FLOW),
)
