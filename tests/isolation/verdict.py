"""The status that the rule calls for, cell by cell."""

from tests.isolation import rule
from tests.isolation.operation import On, Operation
from tests.isolation.rule import Account, Actor, Case, Place

Target = Case | Account | Place


def verdict(operation: Operation, actor: Actor, target: Target | None) -> int:
    """The status that the rule calls for."""
    if operation.on is On.PUBLIC:
        return operation.ok
    if actor.role not in operation.who:
        return 403 if actor.role else 401
    return _on_target(operation, actor, target)


def _on_target(operation: Operation, actor: Actor, target: Target | None) -> int:
    if operation.on is On.SEARCH:
        return operation.ok
    if operation.on is On.SESSION:
        return 404
    if isinstance(target, Case):
        return _on_case(operation, actor, target)
    if isinstance(target, Account):
        return operation.ok if rule.manages_accounts_of(actor, target.unit) else 404
    return _on_place(operation, actor, target) if isinstance(target, Place) else operation.ok


def _on_case(operation: Operation, actor: Actor, case: Case) -> int:
    if operation.reached is not None:
        reached = 403 if actor.role in operation.refused else operation.ok
        return reached if operation.reached(actor, case) else 404
    if not rule.reaches(actor, case, operation.least) or rule.TIER[actor.role] < operation.shown:
        return 404
    if operation.shown and not rule.sees(actor, case, operation.shown):
        return 404
    if operation.writes and not rule.in_line(actor, case.holder):
        return 403
    if operation.elsewhere and actor.unit != case.holder:
        return operation.elsewhere
    return 403 if actor.role in operation.refused else operation.ok


def _on_place(operation: Operation, actor: Actor, place: Place) -> int:
    within = rule.stands_under(place.unit, actor.unit)
    if within and operation.under:
        return operation.ok if rule.admits_schools(place.unit if operation.under == "place" else actor.unit) else 422
    if "homeroom_teacher" in operation.who or within:
        return operation.ok
    return 422 if operation.who == rule.ADMINISTRATORS else 403
