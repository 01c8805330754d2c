"""Slips as a school prints them and as their holders use them, over HTTP. All invented."""

from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import pypdfium2
import zxingcpp

from tests.factories.commitments import Signing, create_signing
from tests.factories.http import API, ok, read_etag
from tests.factories.learners import guardian, write
from tests.factories.units import StaffedUnit
from tests.world import Client

PUBLIC, SLIPS = f"{API}/public/commitments", f"{API}/commitment-slips"
MOTHER, FATHER = "5678", "4321"
Json = dict[str, Any]
NOTHING_READ: Json = {"nonce": "0" * 75, "template_id": "01994c2a-7b1e-7c00-8000-0000000000a4"}


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever has a slip in hand: without an account."""

    client: Client
    code: str
    second_thing: str = MOTHER

    def with_code(self, code: str) -> "Holder":
        return replace(self, code=code)

    def knowing(self, second_thing: str) -> "Holder":
        return replace(self, second_thing=second_thing)

    async def read(self) -> Any:
        return await self.client.post(f"{PUBLIC}/reading", {"code": self.code})

    async def status(self) -> Any:
        return await self.client.post(f"{PUBLIC}/status", {"code": self.code, "second_thing": self.second_thing})

    async def act(self, act: str, read: Json | None = None, **more: str) -> Any:
        """After a reading, by default one of its own; as with any reading where the code is refused."""
        if read is None:
            answer = await self.read()
            read = ok(answer) if answer.status_code == 200 else NOTHING_READ
        named = {name: read[name] for name in ("nonce", "template_id")}
        body = {"code": self.code, "second_thing": self.second_thing, "act": act, **named, **more}
        return await self.client.post(f"{PUBLIC}/acts", body)


def barcodes(pdf: bytes) -> list[list[str]]:
    """What a decoder reads on each page of a document, from top to bottom."""
    pages = pypdfium2.PdfDocument(BytesIO(pdf))
    found = [zxingcpp.read_barcodes(page.render(scale=2, grayscale=True).to_pil()) for page in pages]
    return [[each.text for each in sorted(some, key=lambda each: each.position.top_left.y)] for some in found]


def codes(pdf: bytes) -> list[str]:
    return [text.partition("#")[2] for page in barcodes(pdf) for text in page]


async def print_slips(client: Client, signing: Signing, **chosen: Any) -> list[str]:
    """The codes of new slips, read from the paper."""
    answer = await client.post(f"{signing.path}/slips", chosen)
    assert answer.status_code == 200, answer.text
    return codes(answer.content)


async def holder_of(signing: Signing, at: int = 0, **chosen: Any) -> Holder:
    """The holder of the one slip of a family."""
    (code,) = await print_slips(signing.school.head, signing, learner_ids=[signing.pupils[at].id], **chosen)
    return Holder(signing.school.head.world.anonymous, code)


async def add_father(signing: Signing, at: int = 0, **more: Any) -> str:
    """A second guardian of a learner."""
    body = guardian("Lê Văn Bịa", relation="father", phone="0987 654 321", **more)
    made = ok(await write(signing.school.officer, signing.pupils[at].id, "guardians", body), 201)
    return str(made["id"])


async def guardians_of(signing: Signing, at: int = 0) -> dict[str, str]:
    """The guardians of a learner, by relation."""
    found = ok(await signing.school.head.get(f"{API}/learners/{signing.pupils[at].id}/guardians"))
    return {each["relation"]: each["id"] for each in found}


async def change_guardian(signing: Signing, guardian_id: str, at: int = 0, **changes: Any) -> None:
    learner = f"{API}/learners/{signing.pupils[at].id}"
    officer = signing.school.officer
    etag = await read_etag(officer, learner)
    ok(await officer.patch(f"{learner}/guardians/{guardian_id}", changes, etag))


async def create_family(school: StaffedUnit) -> tuple[Signing, Holder, Holder]:
    """A learner with a mother and a father, each with a slip."""
    signing = await create_signing(school)
    father = await add_father(signing)
    mother = (await guardians_of(signing))["mother"]
    (hers,) = await print_slips(school.head, signing, guardian_ids=[mother])
    (his,) = await print_slips(school.head, signing, guardian_ids=[father])
    client = school.head.world.anonymous
    return signing, Holder(client, hers), Holder(client, his, FATHER)
