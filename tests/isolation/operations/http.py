"""Health, version, problems and the catalogue."""

from tests.isolation.operation import Operation, public

OPERATIONS: dict[str, Operation] = {
    "GET /healthz": public(),
    "GET /readyz": public(),
    "GET /version": public(),
    "GET /problems": public(),
    "GET /problems/{code}": public(),
    "GET /.well-known/api-catalog": public(),
}
