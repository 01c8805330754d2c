"""Users, clients, sessions and tokens."""

from tests.isolation import rule
from tests.isolation.operation import (
    MERGE,
    PASSWORD,
    SYSTEMS,
    Ids,
    On,
    Operation,
    fixed,
    listing,
    on_oneself,
    public,
    serial,
)
from tests.isolation.rule import EVERYONE, LEADERS, Actor

USER = "/api/v1/users/{user_id}"
CLIENT = "/api/v1/clients/{client_id}"
AUTH = "/api/v1/auth"
USER_READERS = LEADERS | rule.ADMINISTRATORS | {"auditor"}
PEOPLE = EVERYONE - SYSTEMS - {"partner_client"}


def new_user(_: Actor, ids: Ids) -> dict[str, object]:
    role = "partner" if ids["unit"] == ids["agency"] else "auditor"
    return {"username": f"moi.{next(serial)}", "full_name": "Người Mới", "role": role, "unit_id": str(ids["unit"])}


def new_client(_: Actor, ids: Ids) -> dict[str, object]:
    return {"name": "Hệ thống thử", "unit_id": str(ids["unit"]), "scopes": ["unit:read"]}


def unknown_user(_: Actor, __: Ids) -> dict[str, object]:
    """Another one each time: failures of one name are slowed down."""
    return {"username": f"khong.ai.{next(serial)}", "password": "khong-phai-mat-khau"}


def wrong_code(_: Actor, __: Ids) -> dict[str, object]:
    """Of another name each time."""
    return {"username": f"khong.ai.{next(serial)}", "code": "7K3M9Q-2XBDM4-HHV8TA", "new_password": PASSWORD}


OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/users": listing(USER_READERS),
    "POST /api/v1/users": Operation(On.UNIT, rule.ADMINISTRATORS, 201, new_user),
    f"GET {USER}": Operation(On.ACCOUNT, USER_READERS),
    f"PATCH {USER}": Operation(
        On.ACCOUNT, rule.ADMINISTRATORS, 200, fixed(status="suspended"), tag_from=USER, media_type=MERGE
    ),
    f"POST {USER}/password-reset": Operation(On.ACCOUNT, rule.ADMINISTRATORS, 200, tag_from=USER),
    "GET /api/v1/clients": listing(rule.ADMINISTRATORS),
    "POST /api/v1/clients": Operation(On.UNIT, rule.ADMINISTRATORS, 201, new_client),
    f"GET {CLIENT}": Operation(On.ACCOUNT, rule.ADMINISTRATORS),
    f"DELETE {CLIENT}": Operation(On.ACCOUNT, rule.ADMINISTRATORS, 204, tag_from=CLIENT),
    f"GET {AUTH}/me": on_oneself(),
    f"GET {AUTH}/sessions": on_oneself(),
    f"DELETE {AUTH}/sessions/{{session_id}}": Operation(On.SESSION, EVERYONE, 204),
    f"POST {AUTH}/totp": on_oneself(201, who=PEOPLE),
    f"POST {AUTH}/totp/confirmation": on_oneself(422, fixed(otp="000000"), who=PEOPLE),  # the code is wrong on purpose
    f"POST {AUTH}/password": on_oneself(200, fixed(old_password=PASSWORD, new_password=PASSWORD[::-1]), who=PEOPLE),
    f"POST {AUTH}/sign-out": on_oneself(204),
    f"POST {AUTH}/sign-out-everywhere": on_oneself(204),
    f"POST {AUTH}/sign-in": public(401, unknown_user),
    f"POST {AUTH}/activation": public(401, wrong_code),
    f"POST {AUTH}/refresh": public(401, fixed(refresh_token="0" * 43)),
    "POST /oauth/token": public(
        401,
        fixed(grant_type="client_credentials", client_id="0", client_secret="0"),
        media_type="application/x-www-form-urlencoded",
    ),
    "GET /.well-known/jwks.json": public(),
    "GET /.well-known/oauth-authorization-server": public(),
}
