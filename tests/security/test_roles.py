"""Who may do what, as a table that people can read and a change of which is a visible difference.

`python -m tests.security.test_roles` writes the table anew.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter, Depends, FastAPI
from pydantic import ValidationError

import app.main
from app.api.http.declared import UndeclaredRouteError, check_declared, declared_routes
from app.api.http.deps import Anonymous, May
from app.core.scoping import AccessClass, Tier
from app.main import create_app
from app.schemas.accounts.users import UserIn
from app.security.access.roles import (
    CLIENT_ROLES,
    MATRIX,
    Act,
    Reach,
    Resource,
    Role,
    client_scopes,
    scope_name,
)
from tests.world import World, settings_for

CASES = {Resource.INTAKE, Resource.INCIDENT, Resource.REFERRAL, Resource.ATTACHMENT}
TABLE = Path(__file__).with_name("role_matrix.txt")


def rendered() -> Iterator[str]:
    for role, rights in MATRIX.items():
        factor = "second factor" if rights.second_factor else "password alone"
        levels = ", ".join(sorted(rights.levels))
        reached = ", ".join(f"{each} {rights.reach(each)}" for each in AccessClass)
        seen = ", ".join(f"{each} {int(rights.tier(each))}" for each in AccessClass if rights.tier(each))
        yield f"{role} | at {levels} | reaches {reached} | tiers: {seen or 'none'} | {factor}"
        for resource in Resource:
            acts = (f"{act if (act, resource) in rights.acts else '·':8}" for act in Act)
            yield f"    {resource:10}{''.join(acts)}".rstrip()
        yield ""


def test_the_matrix_is_the_agreed_one_cell_by_cell() -> None:
    assert list(rendered()) == TABLE.read_text("utf-8").splitlines()


def test_every_role_has_its_row_and_can_at_least_end_its_own_session() -> None:
    assert set(MATRIX) == set(Role)
    assert all((Act.MANAGE, Resource.SELF) in rights.acts for rights in MATRIX.values())
    assert all(rights.label_vi and rights.label_en and rights.levels for rights in MATRIX.values())


def test_who_manages_accounts_sees_no_case_and_needs_a_second_factor() -> None:
    for rights in MATRIX.values():
        manages = (Act.MANAGE, Resource.USER) in rights.acts
        assert manages == rights.second_factor
        if manages:
            assert (rights.reach(AccessClass.CASE), rights.tier(AccessClass.CASE)) == (Reach.NONE, Tier.NONE)
            assert not {r for _, r in rights.acts} & CASES


def test_a_client_has_no_scope_beyond_its_row_and_none_over_itself() -> None:
    for role in CLIENT_ROLES:
        assert client_scopes(role) < {scope_name(a, r) for a, r in MATRIX[role].acts}
        assert not any(scope.startswith("self:") for scope in client_scopes(role))


def test_an_agencys_system_may_do_nothing_that_its_people_may_not() -> None:
    people, system = MATRIX[Role.PARTNER], MATRIX[Role.PARTNER_CLIENT]
    assert system.acts < people.acts
    assert (system.reaches, system.levels) == (people.reaches, people.levels)
    assert system.tier(AccessClass.CASE) < people.tier(AccessClass.CASE)


def test_the_matrix_cannot_be_changed_while_it_runs() -> None:
    with pytest.raises(TypeError):
        MATRIX[Role.AUDITOR] = MATRIX[Role.DEPARTMENT_HEAD]  # type: ignore[index]
    with pytest.raises(AttributeError):
        MATRIX[Role.AUDITOR].tiers = {}  # type: ignore[misc]
    with pytest.raises(TypeError):
        MATRIX[Role.AUDITOR].tiers[AccessClass.CASE] = Tier.IDENTITIES  # type: ignore[index]
    with pytest.raises(ValidationError):
        UserIn.model_validate({"username": "ai.do", "full_name": "Bịa", "role": "khong_co", "unit_id": "x"})


class TestDeclaredRights:
    async def untold(self) -> None:
        """A route of a test."""

    def test_a_route_without_a_right_stops_the_start(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        careless = APIRouter()
        careless.add_api_route("/forgotten", self.untold)
        monkeypatch.setattr(app.main, "ROUTES", careless.routes)
        with pytest.raises(UndeclaredRouteError, match="/forgotten declares 0 rights"):
            create_app(settings_for(tmp_path, None))

    def test_so_does_one_with_two(self) -> None:
        two = FastAPI()
        rights = [Depends(Anonymous()), Depends(May(Act.READ, Resource.UNIT))]
        two.add_api_route("/both", self.untold, dependencies=rights)
        with pytest.raises(UndeclaredRouteError, match="declares 2 rights"):
            check_declared(two)

    async def test_every_declared_right_belongs_to_a_role(self, world: World) -> None:
        declared = list(declared_routes(world.app))
        granted = {cell for rights in MATRIX.values() for cell in rights.acts}
        asked = {(each.right.act, each.right.resource) for each in declared if each.right is not None}
        assert asked <= granted
        assert len(declared) > 40

    async def test_every_right_of_the_matrix_opens_some_route(self, world: World) -> None:
        declared = declared_routes(world.app)
        asked = {(each.right.act, each.right.resource) for each in declared if each.right is not None}
        assert {cell for rights in MATRIX.values() for cell in rights.acts} <= asked


if __name__ == "__main__":
    TABLE.write_text("\n".join(rendered()) + "\n", "utf-8")
