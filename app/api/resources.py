"""The API's routes: one line per resource."""

from fastapi import APIRouter

from app.api import attachments, audit, exports, platform, proposals, reference, referrals, units
from app.api.accounts import auth, users
from app.api.cases import child_cases, clocks, disciplines, exemptions, incidents, persons
from app.api.cases import commitments as violation_commitments
from app.api.commitments import agreement_files as commitment_agreement_files
from app.api.commitments import agreements as commitment_agreements
from app.api.commitments import campaigns as commitment_campaigns
from app.api.commitments import classes as commitment_classes
from app.api.commitments import files as commitment_files
from app.api.commitments import public as commitment_public
from app.api.commitments import reminders as commitment_reminders
from app.api.commitments import slips as commitment_slips
from app.api.commitments import templates as commitment_templates
from app.api.duplicates import merges, suggestions
from app.api.http.routing import PREFIX
from app.api.intakes import forwardings, intakes, messages, public, set_asides
from app.api.learners import campuses, classes, figures, learner_parts, learners, protections, staff, transfers
from app.api.notices import mailboxes, notices, webhooks
from app.api.privacy import retention, subject_requests
from app.api.reports import (
    acting_signers,
    board,
    files,
    obligations,
    periods,
    reports,
    rules,
    templates,
    urgent_reports,
)
from app.api.reports import documents as report_documents
from app.api.school_years import roster_counts, school_years
from app.api.sharing import emergency_accesses, grants
from app.api.uploads import datasets, mappings, slips, uploads
from app.api.work import work

# A request goes through them in this order: the busiest first.
RESOURCES = (
    commitment_classes.router,
    commitment_public.router,
    incidents.router,
    intakes.router,
    public.router,
    auth.router,
    messages.router,
    forwardings.router,
    set_asides.router,
    messages.public,
    persons.router,
    merges.router,
    suggestions.router,
    child_cases.router,
    disciplines.router,
    violation_commitments.router,
    proposals.router,
    grants.router,
    emergency_accesses.router,
    clocks.router,
    exemptions.router,
    periods.router,
    obligations.router,
    rules.router,
    acting_signers.router,
    board.router,
    notices.router,
    notices.personal,
    audit.router,
    referrals.router,
    retention.router,
    subject_requests.router,
    attachments.router,
    attachments.uploads,
    reports.router,
    templates.router,
    report_documents.router,
    files.router,
    files.uploads,
    urgent_reports.router,
    reference.router,
    work.router,
    learners.router,
    learner_parts.router,
    protections.router,
    transfers.router,
    classes.router,
    classes.statuses,
    campuses.router,
    staff.router,
    figures.counts,
    figures.router,
    commitment_slips.of_class,
    commitment_slips.router,
    commitment_files.router,
    commitment_files.uploads,
    commitment_campaigns.router,
    commitment_agreements.router,
    commitment_agreements.board,
    commitment_agreement_files.router,
    commitment_agreement_files.uploads,
    commitment_templates.router,
    commitment_reminders.router,
    school_years.router,
    roster_counts.router,
    uploads.router,
    uploads.received,
    mappings.router,
    slips.router,
    datasets.router,
    exports.router,
    units.router,
    users.router,
    users.clients,
    webhooks.router,
    mailboxes.router,
)
ROOT = (platform.router, auth.oauth)


def _assembled() -> APIRouter:
    """All of them at their place."""
    api = APIRouter(generate_unique_id_function=lambda route: route.name)
    for router in ROOT:
        api.include_router(router)
    for router in RESOURCES:
        api.include_router(router, prefix=PREFIX)
    return api


# What is made of a route for its place is made once a process, however many applications serve it.
ROUTES = _assembled().routes
