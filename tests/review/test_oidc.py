"""Signing in through a provider: who it vouches for comes in, and nobody else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from artwork.review.app import create_app
from artwork.review.people import ReviewParams, Role
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog

if TYPE_CHECKING:
    from httpx import Request, Response
    from joserfc.jwk import Key, RSAKey

httpx = pytest.importorskip("httpx", reason="no httpx: pip install 'artwork[oidc]'")
pytest.importorskip("joserfc", reason="no joserfc: pip install 'artwork[oidc]'")

ISSUER = "https://id.example"
HOME = "https://artwork.example"
PARAMS = ReviewParams(
    roles="ada@example.org=admin",
    default_role=Role.VIEWER,
    public_url=HOME,
    oidc_issuer=ISSUER,
    oidc_client_id="artwork",
)


@dataclass
class FakeProvider:
    """A provider that vouches for whatever `claims` says."""

    key: RSAKey
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    signing_key: Key | None = None
    issuer: str = ISSUER
    asked: dict[str, list[str]] = field(default_factory=dict)

    def answer(self, request: Request) -> Response:
        path = request.url.path
        if path.endswith("openid-configuration"):
            facts = {name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            return httpx.Response(200, json=facts | {"issuer": self.issuer})
        if path == "/jwks_uri":
            return httpx.Response(200, json={"keys": [self.key.as_dict(private=False)]})
        from joserfc import jwt

        self.asked = parse_qs(request.content.decode())
        header = {"alg": self.algorithm}
        token = jwt.encode(header, self.claims, self.signing_key or self.key, algorithms=[self.algorithm])
        return httpx.Response(200, json={"id_token": token, "access_token": "x"})


@pytest.fixture(scope="module")
def key() -> RSAKey:
    from joserfc.jwk import RSAKey

    return RSAKey.generate_key(2048, {"use": "sig"}, private=True)


@pytest.fixture
def provider(key: RSAKey) -> FakeProvider:
    return FakeProvider(key)


@pytest.fixture
def client(provider: FakeProvider, review_catalog: Catalog, review_store: Path) -> Iterator[TestClient]:
    from artwork.review.oidc import Provider

    app = create_app(review_catalog, Blobs(review_store / "blobs"), PARAMS)
    with closing(httpx.Client(transport=httpx.MockTransport(provider.answer))) as wire:
        app.state.provider = Provider(PARAMS, wire)
        with TestClient(app, base_url=HOME, headers={"accept": "text/html"}, follow_redirects=False) as opened:
            yield opened


def sign_in(client: TestClient, provider: FakeProvider, **claims: object) -> Response:
    """Off to the provider and back, with a token that holds the claims beside the usual ones."""
    away = client.get("/enter?back=/titles/harbour")
    away = client.get(away.headers["location"])
    question = {name: values[0] for name, values in parse_qs(urlsplit(away.headers["location"]).query).items()}
    usual = {"iss": ISSUER, "aud": "artwork", "sub": "u1", "exp": int(time.time()) + 300, "nonce": question["nonce"]}
    provider.claims = usual | claims
    return client.get("/oidc/callback", params={"code": "c", "state": question["state"]})


def test_whom_the_provider_vouches_for_comes_in_with_their_role(client: TestClient, provider: FakeProvider) -> None:
    page = sign_in(client, provider, name="Ada L", email="ada@example.org", email_verified=True)
    assert page.status_code == 200
    assert 'content="0;url=/titles/harbour"' in page.text
    assert "secure" in page.headers["set-cookie"].lower()
    assert "Ada L (ada@example.org)" in client.get("/").text
    assert client.get("/journal").status_code == 200
    assert len(provider.asked["code_verifier"][0]) >= 43


def test_an_address_that_is_not_verified_gives_no_role(client: TestClient, provider: FakeProvider) -> None:
    sign_in(client, provider, name="Ada", email="ada@example.org", email_verified=False)
    assert "Ada (u1)" in client.get("/").text
    assert client.get("/journal").status_code == 403


@pytest.mark.parametrize(
    "claims",
    [{"nonce": "another"}, {"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}, {"sub": None}],
    ids=["nonce", "audience", "issuer", "expired", "nobody"],
)
def test_a_token_for_another_purpose_is_refused(
    client: TestClient, provider: FakeProvider, claims: dict[str, object]
) -> None:
    page = sign_in(client, provider, **claims)
    assert (page.status_code, "set-cookie" in page.headers) == (401, False)
    assert client.get("/api/titles/harbour/tiles", headers={"accept": "application/json"}).status_code == 401


def test_a_token_signed_by_another_is_refused(client: TestClient, provider: FakeProvider) -> None:
    from joserfc.jwk import OctKey, RSAKey

    provider.signing_key = RSAKey.generate_key(2048, private=True)
    assert "set-cookie" not in sign_in(client, provider).headers
    public = json.dumps(provider.key.as_dict(private=False)).encode()
    provider.algorithm, provider.signing_key = "HS256", OctKey.import_key(public)
    assert "set-cookie" not in sign_in(client, provider).headers


def test_a_way_back_that_did_not_begin_here_is_refused(client: TestClient) -> None:
    page = client.get("/oidc/callback", params={"code": "c", "state": "s"})
    assert "artwork_session" not in page.headers.get("set-cookie", "")


def test_a_provider_that_speaks_for_another_is_not_used(client: TestClient, provider: FakeProvider) -> None:
    provider.issuer = "https://evil.example"
    answer = client.get("/oidc/start", headers={"accept": "application/json"})
    assert (answer.status_code, "calls itself" in answer.json()["detail"]) == (401, True)


def test_nobody_names_themselves_where_a_provider_is_set(client: TestClient) -> None:
    answer = client.post("/enter", data={"name": "Ada"}, headers={"origin": HOME})
    assert "set-cookie" not in answer.headers
