"""What members of bodies mean wherever they occur: a schema describes a member itself where it means more."""

from typing import Any, Final

MEANINGS: Final[dict[str, str]] = {
    # Records and lists.
    "id": "UUID of the record",
    "items": "The records of this page",
    "version": "Rises with each change of the record; the `ETag` is made of it",
    "created_at": "When the record was made",
    "updated_at": "When the record last changed",
    "recorded_at": "When it was recorded, which may be after it happened",
    "destroyed_at": "When its words and files were destroyed for good; null while they exist",
    "withdrawn_at": "When it was withdrawn; a withdrawn record stays, marked",
    "warnings": "What the sender should know of it, though it was accepted",
    # Units and accounts.
    "unit_id": "The unit that it belongs to: a ministry, department, bureau, commune or school",
    "unit_name_vi": "The unit's name today, in Vietnamese",
    "unit_name_en": "The unit's name today, in English; null where it has none",
    "by_unit_id": "The unit of the person who acted",
    "by_unit_name_vi": "The name of the unit of the person who acted, in Vietnamese",
    "by_unit_name_en": "The name of the unit of the person who acted, in English; null where it has none",
    "by_role": "The role of the person who acted, at that time",
    "holder_id": "The unit that holds the case",
    "holder_name_vi": "The name of the unit that holds the case, in Vietnamese",
    "holder_name_en": "The name of the unit that holds the case, in English; null where it has none",
    "parent_id": "The unit above it",
    "user_id": "The account",
    "username": "What the account signs in with",
    "decided_by": "The account that decided",
    # Days and times.
    "valid_from": "The first day on which it holds",
    "valid_to": "The first day on which it no longer holds; null while no end is known",
    "effective_on": "The day from which the decision holds",
    "occurred_on": "The day on which it happened, in Việt Nam",
    "starts_on": "Its first day",
    "ends_on": "Its last day",
    "due_on": "The last day on which it is in time",
    "due_at": "The moment until which it is in time",
    "expires_at": "When it ends by itself",
    "opened_at": "When it was opened",
    "closed_at": "When it was closed; null while it is open",
    "started_at": "When it began",
    "ended_at": "When it ended; null while it goes on",
    "received_at": "When it was received",
    "submitted_at": "When it was submitted; null before",
    "accepted_at": "When the level above accepted it; null before",
    "answered_at": "When it was answered; null while an answer is awaited",
    "decided_at": "When it was decided; null before",
    "locked_at": "When it was locked against changes; null while it is open",
    "named_at": "When the person was named",
    # Texts.
    "label_vi": "What people read for the code, in Vietnamese",
    "label_en": "What people read for the code, in English",
    "title_vi": "Title in Vietnamese",
    "title_en": "Title in English",
    "text_vi": "Text in Vietnamese",
    "text_en": "Text in English",
    "name_vi": "Name in Vietnamese",
    "name_en": "Name in English",
    "decision_number": "The number of the decision on paper that it rests on",
    # Incidents and cases.
    "incident_id": "The incident",
    "group": "The group of the incident, a code of `GET /code-lists`",
    "forms": "The forms of the incident, codes of `GET /code-lists`",
    "severity": "The assessed severity of the incident",
    "rule_code": "The rule of law that sets the time limit",
    "clock_id": "The clock of a time limit",
    "hotline_id": "The hotline of the referral; null for another partner",
    "agency_id": "The agency that is the partner; null for a hotline",
    "agency_name_vi": "The partner agency's name in Vietnamese",
    "agency_name_en": "The partner agency's name in English",
    # Learners and commitments.
    "school_year": "As `2026-2027`",
    "learner_id": "The learner, in the register of the learner's school",
    "class_id": "The class of a school year",
    "campus_id": "The campus of the school",
    "full_name": "Family name, middle name and given name, in this order",
    "birth_date": "The day of birth",
    "campaign_id": "The campaign of commitments",
    "party": "Who is asked to sign",
    # Reports.
    "period_id": "The reporting period",
    "report_id": "The report",
    "denominator": "The lower part of a ratio",
    # Files.
    "media_type": "What the file was recognised as, by its content",
}


def describe_members(schemas: dict[str, Any]) -> None:
    """Describe the members that say nothing of themselves, in a document of OpenAPI."""
    for schema in schemas.values():
        for name, member in schema.get("properties", {}).items():
            if name in MEANINGS:
                member.setdefault("description", MEANINGS[name])
