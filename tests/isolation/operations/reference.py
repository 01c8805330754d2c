"""Code lists, competences, hotlines and labels."""

from tests.isolation.operation import Operation, public

OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/code-lists": public(),
    "GET /api/v1/competences": public(),
    "GET /api/v1/labels": public(),
    "GET /api/v1/hotlines": public(),
}
