"""What is planted, by area. A new area adds one file with `plant`, and its line here."""

from collections.abc import Callable

from tests.isolation.estates import (
    accounts,
    attachments,
    cases,
    duplicates,
    intakes,
    notices,
    privacy,
    referrals,
    sharing,
)
from tests.isolation.plot import AccountPlot, Plot

CASE_PARTS: tuple[Callable[[Plot], None], ...] = (
    cases.plant,
    intakes.plant,
    duplicates.plant,
    referrals.plant,
    sharing.plant,
    attachments.plant,
    notices.plant,
    privacy.plant,
)
ACCOUNT_PARTS: tuple[Callable[[AccountPlot], None], ...] = (accounts.plant_account, notices.plant_account)
