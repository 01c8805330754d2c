"""Bodies of reports that the pages and the OpenAPI document print are accepted, and what they name is there."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from app import schemas
from app.demo.province import PASSWORD
from app.main import create_app
from app.schemas.reports.obligations import ExtensionIn, RequestedDayIn
from app.schemas.reports.periods import PeriodIn, PeriodPatch
from app.schemas.reports.reports import ReturnIn, SectionIn, SubmissionIn
from app.schemas.reports.templates import PublicationIn, TemplateIn
from app.schemas.school_years.roster_counts import RosterCountIn
from app.services.reports.templates.product_templates import product_templates
from tests.docs.rendered import DOCS
from tests.docs.server import serving
from tests.world import settings_for

BLOCK = re.compile(r"```http\n(\w+) (\S+)\n\n(.*?)```", re.DOTALL)
WAIT_S = 60
SCHOOL, BUREAU = "th.829.02.hieutruong", "phong.829.lanhdao"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("examples")) as address:
        yield f"{address}/api/v1"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    made: dict[str, Any] = create_app(settings_for(tmp_path_factory.mktemp("openapi"), None)).openapi()
    return made


def printed(model: type[BaseModel]) -> Any:
    """The example that the OpenAPI document prints."""
    extra = model.model_config["json_schema_extra"]
    assert isinstance(extra, dict)
    examples = extra["examples"]
    assert isinstance(examples, list)
    return examples[0]


class Caller:
    def __init__(self, api: str, username: str) -> None:
        self.api = api
        signed = httpx.post(f"{api}/auth/sign-in", json={"username": username, "password": PASSWORD}, timeout=WAIT_S)
        self.headers = {"Authorization": f"Bearer {signed.json()['access_token']}"}

    def get(self, path: str) -> Any:
        return self._answer(self._call("GET", path), 200).json()

    def send(self, method: str, path: str, body: Any = None, *, of: str | None = None, status: int = 200) -> Any:
        """`of`: what the act changes, whose tag goes with it."""
        headers = {} if of is None else {"If-Match": self._call("GET", of).headers["ETag"]}
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/json"
        content = None if body is None else json.dumps(body)
        return self._answer(self._call(method, path, content, headers), status).json()

    def _call(
        self, method: str, path: str, content: str | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        sent = self.headers | (headers or {})
        return httpx.request(method, self.api + path, content=content, headers=sent, timeout=WAIT_S)

    def _answer(self, answer: httpx.Response, status: int) -> httpx.Response:
        assert answer.status_code == status, answer.text
        return answer

    def report(self, period_id: str, unit_id: str) -> str:
        """The path of the report of a unit."""
        [found] = self.get(f"/reports?period_id={period_id}&unit_id={unit_id}")["items"]
        return f"/reports/{found['id']}"

    def unit_id(self) -> str:
        return str(self.get("/auth/me")["unit_id"])


def test_the_examples_of_a_period_and_a_draft_are_accepted_by_the_demonstration(api: str) -> None:
    head, school, bureau = (Caller(api, name) for name in ("so.lanhdao", SCHOOL, BUREAU))
    period = head.send("POST", "/report-periods", printed(PeriodIn), status=201)
    path = f"/report-periods/{period['id']}"
    head.send("PATCH", path, printed(PeriodPatch), of=path)
    head.send("POST", f"{path}/opening")
    bureau.send("POST", f"{path}/requested-day", printed(RequestedDayIn))
    report = school.report(period["id"], school.unit_id())
    school.send("POST", f"{report}/draft", of=report, status=201)
    section = f"{report}/sections/task_3"
    edited = school.send("PUT", section, printed(SectionIn), of=section)
    assert {each["item"]: each["numerator"] for each in edited["figures"]}["N301"] == 4
    bureau.send("POST", f"{report}/extensions", printed(ExtensionIn), status=201)


def test_the_examples_of_a_template_are_accepted_by_the_demonstration(api: str) -> None:
    head = Caller(api, "so.lanhdao")
    template = head.send("POST", "/report-templates", printed(TemplateIn), status=201)
    path = f"/report-templates/{template['id']}"
    head.send("POST", f"{path}/publication", printed(PublicationIn), of=path, status=201)


def test_the_example_of_a_count_of_pupils_is_accepted_by_the_demonstration(api: str) -> None:
    path = "/roster-counts/2026-2027/start"
    Caller(api, SCHOOL).send("PUT", path, printed(RosterCountIn), of=path)


def test_the_examples_of_a_submission_and_a_return_are_accepted_by_the_demonstration(api: str) -> None:
    department = Caller(api, "so.chuyenvien")
    [period] = [each for each in department.get("/report-periods")["items"] if each["school_year"] == "2023-2024"]
    bureau = Caller(api, "phong.833.lanhdao")
    report = bureau.report(period["id"], bureau.unit_id())
    bureau.send("POST", f"{report}/submission", printed(SubmissionIn), of=report)
    returned = department.send("POST", f"{report}/return", printed(ReturnIn), of=report)
    assert returned["state"] == "returned"


def test_the_bodies_of_the_rehearsal_have_the_form_of_their_operation(document: dict[str, Any]) -> None:
    models = _models()
    blocks = BLOCK.findall((DOCS / "reports-rehearsal.md").read_text("utf-8"))
    assert len(blocks) > 10
    for method, path, body in blocks:
        schema = _operation(document, method, path)["requestBody"]["content"]["application/json"]["schema"]
        models[schema["$ref"].rsplit("/", 1)[-1]].model_validate(json.loads(body))


def test_the_sections_of_the_rehearsal_are_those_of_the_yearly_form() -> None:
    definition = next(each.definition for each in product_templates() if each.code == "directive_02_yearly")
    items = {section.code: {item.code for item in section.items} for section in definition.sections}
    for _, path, body in BLOCK.findall((DOCS / "reports-rehearsal.md").read_text("utf-8")):
        if "/sections/" in path:
            sent = json.loads(body)
            named = {*sent["narratives"], *(figure["item"] for figure in sent["figures"])}
            assert named <= items[path.rsplit("/", 1)[-1]]


def test_the_calls_that_the_rehearsal_names_are_there(document: dict[str, Any]) -> None:
    page = (DOCS / "reports-rehearsal.md").read_text("utf-8")
    named = re.findall(r"`(GET|POST|PUT) (/[^`…?]+)[^`]*`", page)
    assert len(named) > 20
    for method, path in named:
        _operation(document, method, path)


def _operation(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """The operation whose path has the same words; a placeholder of one side stands for any word of the other."""
    words = path.split("/")
    for name, item in document["paths"].items():
        if method.lower() in item and _fits(name.removeprefix("/api/v1").split("/"), words):
            found: dict[str, Any] = item[method.lower()]
            return found
    raise AssertionError(f"{method} {path}")


def _fits(template: list[str], words: list[str]) -> bool:
    return len(template) == len(words) and all(
        a == b or a.startswith("{") for a, b in zip(template, words, strict=True)
    )


def _models() -> dict[str, type[BaseModel]]:
    modules = [importlib.import_module(each.name) for each in pkgutil.walk_packages(schemas.__path__, "app.schemas.")]
    return {name: model for module in modules for name, model in vars(module).items()}
