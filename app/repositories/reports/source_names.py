"""Names of the computed sources, as definitions of templates give them."""

from typing import Final

SOURCES: Final = (
    "incidents_violence",
    "incidents_online_bullying",
    "incidents_injury",
    "incidents_unsettled",
    "incidents_traffic",
    "incidents_drowning_injury",
    "incidents_occurred_below",
    "persons_violence",
    "girls_violence",
    "persons_abuse",
    "persons_law_violation",
    "persons_drugs_social_evils",
    "persons_tobacco",
    "persons_disciplined",
    "referrals_out",
    "referrals_acknowledged",
    "referrals_with_result",
    "referral_delay_median",
    "clocks_met",
    "clocks_missed",
    "reports_on_time",
    "reports_owed",
)
