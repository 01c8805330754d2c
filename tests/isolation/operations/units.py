"""Units."""

from tests.isolation import rule
from tests.isolation.operation import Ids, On, Operation, decision, listing, serial
from tests.isolation.rule import EVERYONE, Actor

UNIT = "/api/v1/units/{unit_id}"
UNIT_MANAGERS = rule.ADMINISTRATORS | {"department_head"}


def unit_version(_: Actor, __: Ids) -> dict[str, object]:
    return {**decision(), "name_vi": f"Cơ sở thử đổi tên {next(serial)}"}


def new_unit(_: Actor, ids: Ids) -> dict[str, object]:
    return {**decision(), "name_vi": f"Cơ sở thử mới {next(serial)}", "kind": "school", "parent_id": str(ids["unit"])}


OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/units": listing(EVERYONE),
    "GET /api/v1/units/kinds": listing(EVERYONE, ""),
    f"GET {UNIT}": Operation(On.LEAF, EVERYONE),
    f"GET {UNIT}/history": Operation(On.LEAF, EVERYONE),
    "POST /api/v1/units": Operation(On.UNIT, UNIT_MANAGERS, 201, new_unit, under="place"),
    f"POST {UNIT}/versions": Operation(On.LEAF, UNIT_MANAGERS, 201, unit_version, tag_from=UNIT, writes=True),
    f"POST {UNIT}/moves": Operation(
        On.LEAF,
        UNIT_MANAGERS,
        201,
        lambda _, ids: {**decision(), "parent_id": str(ids["own_unit"])},
        tag_from=UNIT,
        writes=True,
        under="own",
    ),
    f"PUT {UNIT}/contact": Operation(
        On.LEAF, UNIT_MANAGERS, 200, lambda _, __: {"address": "Số 1 (mẫu)"}, tag_from=UNIT, writes=True
    ),
    f"POST {UNIT}/closure": Operation(
        On.LEAF, UNIT_MANAGERS, 204, lambda _, __: decision(), tag_from=UNIT, writes=True
    ),
}
