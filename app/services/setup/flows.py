"""All state machines, for the generated documents."""

from app.schemas.cases.flows import CASE_FLOW, EXEMPTION_FLOW, INCIDENT_FLOW
from app.schemas.privacy.flow import SUBJECT_REQUEST_FLOW
from app.schemas.proposals import PROPOSAL_FLOW
from app.schemas.referrals.flow import REFERRAL_FLOW

FLOWS = (INCIDENT_FLOW, REFERRAL_FLOW, CASE_FLOW, EXEMPTION_FLOW, PROPOSAL_FLOW, SUBJECT_REQUEST_FLOW)
