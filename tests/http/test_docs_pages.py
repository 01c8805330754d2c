"""The documentation pages: they show the API and ask no other host."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from app.api.http.docs_pages import FILES, add_docs
from app.api.http.middleware import RequestContext
from app.core.settings import Settings

HOME = "http://school.test"
PAGES = ["/docs", "/redoc"]
OWN_TEXTS = sorted(path.name for path in FILES.iterdir() if path.suffix in {".html", ".js", ".css"})
STYLES = sorted(str(path.relative_to(FILES)) for path in FILES.rglob("*.css"))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI(docs_url=None, redoc_url=None)
    add_docs(app)

    @app.get("/pupils")
    async def pupils() -> None: ...

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOME) as client:
        yield client


class References(HTMLParser):
    """What a page makes the browser load or run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self._script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = tag == "script"
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "action", "spec-url"}]
        self.inline += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.inline.append(data)
        self._script = False


def policy_of(response: httpx.Response) -> dict[str, list[str]]:
    parts = [part.split() for part in response.headers["content-security-policy"].split(";")]
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_loads_only_our_own_files_and_each_is_there(client: httpx.AsyncClient, page: str) -> None:
    answer = await client.get(page)
    assert answer.headers["content-type"].startswith("text/html")
    addresses = [urljoin(HOME + page, address) for address in References(answer.text).addresses]
    assert len(addresses) >= 4
    for address in addresses:
        assert f"{urlsplit(address).scheme}://{urlsplit(address).netloc}" == HOME
        assert (await client.get(address)).status_code == 200, address


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_has_no_script_of_its_own(client: httpx.AsyncClient, page: str) -> None:
    assert References((await client.get(page)).text).inline == []


@pytest.mark.parametrize("page", PAGES)
async def test_the_policy_lets_nothing_come_from_elsewhere(client: httpx.AsyncClient, page: str) -> None:
    policy = policy_of(await client.get(page))
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'"]
    assert policy["connect-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    allowed = {source for sources in policy.values() for source in sources}
    assert allowed <= {"'none'", "'self'", "'unsafe-inline'", "data:", "blob:"}
    assert [name for name, sources in policy.items() if "'unsafe-inline'" in sources] == ["style-src"]


@pytest.mark.parametrize("page", PAGES)
async def test_the_outer_layers_defaults_do_not_replace_a_pages_headers(page: str) -> None:
    app = FastAPI(docs_url=None, redoc_url=None)
    add_docs(app)
    app.add_middleware(RequestContext, settings=Settings(environment="test"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOME) as client:
        answer = await client.get(page)
    assert policy_of(answer)["script-src"] == ["'self'"]
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("name", OWN_TEXTS)
def test_our_own_files_name_no_other_host(name: str) -> None:
    assert re.findall(r"(?:https?:)?//\w[\w.-]*\.\w+", (FILES / name).read_text()) == []


@pytest.mark.parametrize("name", STYLES)
def test_a_style_sheet_loads_nothing_from_elsewhere(name: str) -> None:
    style = (FILES / name).read_text()
    assert "@import" not in style
    assert [url for url in re.findall(r"url\(\s*[\"']?([^\"')]{1,30})", style) if not url.startswith("data:")] == []


def test_swagger_ui_sends_nothing_elsewhere_and_stores_no_token() -> None:
    script = (FILES / "swagger-ui-init.js").read_text()
    assert "validatorUrl: null" in script
    assert "persistAuthorization: false" in script


async def test_the_pages_are_no_part_of_the_described_api(client: httpx.AsyncClient) -> None:
    assert list((await client.get("/openapi.json")).json()["paths"]) == ["/pupils"]


async def test_file_is_cached_for_an_hour_and_then_revalidated(client: httpx.AsyncClient) -> None:
    address = "/static/docs/swagger-ui/swagger-ui.css"
    first = await client.get(address)
    assert first.headers["cache-control"] == "public, max-age=3600"
    assert policy_of(first) == {"default-src": ["'none'"]}
    assert (await client.get(address, headers={"If-None-Match": first.headers["etag"]})).status_code == 304


@pytest.mark.parametrize("path", ["../../main.py", "%2e%2e/%2e%2e/main.py", "..%2f..%2fmain.py", "missing.js", ""])
async def test_nothing_but_the_docs_files_is_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/static/docs/{path}")).status_code == 404


@pytest.mark.parametrize("library", ["swagger-ui", "redoc"])
def test_each_library_has_its_licence_and_version(library: str) -> None:
    assert (FILES / library / "LICENSE").stat().st_size > 0
    assert library in (FILES / "VERSIONS.md").read_text()
