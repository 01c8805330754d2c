"""Every table. Importing this package registers them all."""

import app.models.accounts
import app.models.attachments
import app.models.audit
import app.models.cases.child_cases
import app.models.cases.clocks
import app.models.cases.disciplines
import app.models.cases.exemptions
import app.models.cases.incidents
import app.models.commitments.campaigns
import app.models.commitments.classes
import app.models.commitments.templates
import app.models.deadlines
import app.models.duplicates
import app.models.exports
import app.models.intakes.forwardings
import app.models.intakes.informants
import app.models.intakes.intakes
import app.models.intakes.messages
import app.models.intakes.set_asides
import app.models.learners.campuses
import app.models.learners.classes
import app.models.learners.enrolments
import app.models.learners.learners
import app.models.learners.lookups
import app.models.learners.protections
import app.models.learners.staff
import app.models.notices.mailboxes
import app.models.notices.notices
import app.models.notices.webhooks
import app.models.platform.data_keys
import app.models.platform.jobs
import app.models.platform.requests
import app.models.platform.watched_links
import app.models.privacy.retention
import app.models.privacy.subject_requests
import app.models.proposals
import app.models.reference
import app.models.referrals
import app.models.reports.acting_signers
import app.models.reports.files
import app.models.reports.issues
import app.models.reports.periods
import app.models.reports.reports
import app.models.reports.rules
import app.models.reports.templates
import app.models.reports.urgent_reports
import app.models.school_years.roster_counts
import app.models.school_years.school_years
import app.models.sharing.emergency_accesses
import app.models.sharing.grants
import app.models.units
import app.models.uploads.rows
import app.models.uploads.uploads
from app.models.base import Base

__all__ = ["Base"]
