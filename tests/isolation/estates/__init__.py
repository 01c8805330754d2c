"""What is planted, by area: each module has `plant` for a case, `plant_account` for accounts, or both."""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

from tests.isolation.plot import AccountPlot, Plot

AREAS = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
CASE_PARTS: tuple[Callable[[Plot], None], ...] = tuple(area.plant for area in AREAS if hasattr(area, "plant"))
ACCOUNT_PARTS: tuple[Callable[[AccountPlot], None], ...] = tuple(
    area.plant_account for area in AREAS if hasattr(area, "plant_account")
)
