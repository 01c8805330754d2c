"""Values of JSON have the kind of their member: `true` is no 1, 1 is no `true`, and no text is either."""

from typing import Annotated, Any, get_args

import pytest
from pydantic import BaseModel

from tests.factories.http import assert_problem
from tests.factories.reports import begin, create_chain, fill
from tests.http.test_texts import accepted, bodies
from tests.world import World


def members(kind: type) -> list[Any]:
    return [
        pytest.param(Annotated[info.annotation, info], id=f"{body.__name__}.{name}")
        for body in bodies()
        for name, info in body.model_fields.items()
        if has(kind, info.annotation)
    ]


def has(kind: type, hint: Any) -> bool:
    """Whether a hint has a member of the kind itself; bodies within are tried by themselves."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return False
    literal = type(hint) is kind
    return hint is kind or literal or any(has(kind, each) for each in get_args(hint))


@pytest.mark.parametrize("kind", members(int))
def test_no_number_of_a_body_is_a_truth_value_or_a_text(kind: Any) -> None:
    for sent in (True, False, "1", "0"):
        assert [each for each in accepted(kind, sent) if each is not None] == [], sent


@pytest.mark.parametrize("kind", members(bool))
def test_no_truth_value_of_a_body_is_a_number_or_a_text(kind: Any) -> None:
    for sent in (1, 0, "true", "no", "1"):
        assert [each for each in accepted(kind, sent) if each is not None] == [], sent


def test_the_members_are_found() -> None:
    assert len(members(int)) > 20
    assert len(members(bool)) > 10


@pytest.mark.parametrize("member", ["numerator", "outside", "previous_numerator"])
async def test_true_is_no_figure_of_a_report(world: World, member: str) -> None:
    chain = await create_chain(world, schools=1)
    [school] = chain.schools
    await begin(school.officer, chain.report(school))
    answer = await fill(school.officer, chain.report(school), "figures", figures=[{"item": "A1", member: True}])
    assert_problem(answer, 422, "int_type", f"/figures/0/{member}")
