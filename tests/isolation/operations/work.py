"""What waits for the caller."""

from tests.isolation.operation import Operation, listing
from tests.isolation.rule import EVERYONE

OPERATIONS: dict[str, Operation] = {"GET /api/v1/work": listing(EVERYONE, "")}
