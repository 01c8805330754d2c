"""The output of `athd demo`: addresses, accounts and a first request."""

from app.demo.province import PASSWORD, rows
from app.security.access.roles import MATRIX, Role

# The accounts of README and walkthrough; the others are in app/demo/data/users.csv.
KNOWN = ("so.", "phong.829", "th.829.01.", "ca.")
TEXT = """
Tỉnh minh họa (mọi dữ liệu đều giả định) · the demonstration province, all of it invented

  {origin}        API: {origin}/api/v1        docs: {origin}/docs

  Mật khẩu chung · password of all: {password}
{people}

  curl -s {origin}/api/v1/auth/sign-in -H 'Content-Type: application/json' \\
    -d '{{"username": "{first}", "password": "{password}"}}'
"""


def usernames() -> dict[Role, str]:
    """One username for each role."""
    found: dict[Role, str] = {}
    for row in rows("users"):
        if row["username"].startswith(KNOWN):
            found.setdefault(Role(row["role"]), row["username"])
    return found


def welcome(origin: str) -> str:
    known = usernames()
    people = "\n".join(f"  {name:24}{MATRIX[role].label_vi} · {MATRIX[role].label_en}" for role, name in known.items())
    return TEXT.format(origin=origin, password=PASSWORD, people=people, first=known[Role.SCHOOL_HEAD])
