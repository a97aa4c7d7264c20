"""Coming in through an OpenID Connect provider: authorization code with PKCE, and an ID token whose signature counts.

Source:
    OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3; RFC 7636 (PKCE); RFC 9700 (security of OAuth 2.0).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from artwork.errors import ExtraMissing
from artwork.review.entrance import admit, local_path
from artwork.review.gate import InRoom, NotSignedIn
from artwork.review.people import Reviewer, ReviewParams, clean_name
from artwork.review.templates import render

try:
    import httpx
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet
except ImportError as error:
    raise ExtraMissing(error.name or "joserfc", "oidc") from error

router = APIRouter(prefix="/oidc")
STATE_COOKIE = "artwork_signing_in"
STATE_SECONDS = 600
"""How long somebody may take at the provider."""
LEEWAY_SECONDS = 60
ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
"""Signatures that are taken: a token signed with a shared secret, or with nothing, is not."""


class Provider:
    """An OpenID Connect provider. What it says of itself is asked once; its keys again when a new one is used."""

    def __init__(self, params: ReviewParams, client: httpx.Client | None = None) -> None:
        self._params = params
        self._client = client or httpx.Client(timeout=10.0, follow_redirects=False)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Its discovery document.

        Raises:
            NotSignedIn: it cannot be reached, or speaks for another issuer.
        """
        issuer = self._params.oidc_issuer.rstrip("/")
        facts = self._asked("GET", f"{issuer}/.well-known/openid-configuration")
        if str(facts.get("issuer", "")).rstrip("/") != issuer:
            raise NotSignedIn(f"the sign-in provider calls itself {facts.get('issuer')!r}, not {issuer!r}")
        return facts

    def address(self, state: str, nonce: str, verifier: str) -> str:
        """Where a person signs in."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        question = {
            "response_type": "code",
            "client_id": self._params.oidc_client_id,
            "redirect_uri": self._return_address,
            "scope": "openid profile email",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.facts['authorization_endpoint']}?{urlencode(question)}"

    def claims(self, code: str, nonce: str, verifier: str) -> dict[str, Any]:
        """What the provider says of the person who came back with the code.

        Raises:
            NotSignedIn: the code is not taken, or the token is not what it must be.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._return_address,
            "client_id": self._params.oidc_client_id,
            "code_verifier": verifier,
        }
        if secret := self._params.oidc_client_secret.get_secret_value():
            form["client_secret"] = secret
        answer = self._asked("POST", self.facts["token_endpoint"], form)
        return self._checked(str(answer.get("id_token", "")), nonce)

    def _checked(self, token: str, nonce: str) -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.facts["issuer"]},
            aud={"essential": True, "value": self._params.oidc_client_id},
            nonce={"essential": True, "value": nonce},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            keys = KeySet.import_key_set(cast("Any", self._asked("GET", self.facts["jwks_uri"])))
            decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            registry.validate(decoded.claims)
        except (JoseError, ValueError, KeyError) as error:
            raise NotSignedIn(f"the sign-in provider's token is not valid: {error}") from error
        return dict(decoded.claims)

    @property
    def _return_address(self) -> str:
        return f"{self._params.public_url.rstrip('/')}/oidc/callback"

    def _asked(self, method: str, address: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            answer = self._client.request(method, address, data=form, headers={"accept": "application/json"})
            answer.raise_for_status()
            told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise NotSignedIn(f"the sign-in provider does not answer as it should: {error}") from error
        if not isinstance(told, dict):
            raise NotSignedIn("the sign-in provider does not answer as it should")
        return told


@dataclass(frozen=True, slots=True)
class Returned:
    """What a person comes back with."""

    code: str = ""
    state: str = ""
    error: str = ""


def provider_of(request: Request) -> Provider:
    """The provider of the application."""
    return cast("Provider", request.app.state.provider)


TheProvider = Annotated[Provider, Depends(provider_of)]


@router.get("/start")
def start(room: InRoom, provider: TheProvider, back: str = "/") -> Response:
    """Off to the provider; what must be the same on return travels in a signed cookie."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    answer = RedirectResponse(provider.address(state, nonce, verifier), 303)
    note = {"state": state, "nonce": nonce, "verifier": verifier, "back": local_path(back)}
    # Lax, not strict: the person comes back from the provider's site.
    sealed = room.sessions.seal_note(dict(note))
    secure = room.params.public_url.startswith("https:")
    answer.set_cookie(
        STATE_COOKIE, sealed, max_age=STATE_SECONDS, path="/oidc", httponly=True, samesite="lax", secure=secure
    )
    return answer


@router.get("/callback")
def callback(
    request: Request, room: InRoom, provider: TheProvider, returned: Annotated[Returned, Depends()]
) -> Response:
    """Back from the provider, with a session.

    Raises:
        NotSignedIn: the provider said no, or this is not the browser that went there.
    """
    note = room.sessions.open_note(request.cookies.get(STATE_COOKIE, ""))
    if note is None or not secrets.compare_digest(str(note["state"]).encode(), returned.state.encode()):
        raise NotSignedIn("signing in took too long, or began in another browser: try again")
    if returned.error or not returned.code:
        raise NotSignedIn(f"the sign-in provider said no: {clean_name(returned.error) or 'no code'}")
    claims = provider.claims(returned.code, str(note["nonce"]), str(note["verifier"]))
    # A page, not a redirect: a strict cookie is not sent along a chain that began at another site.
    page = HTMLResponse(render("through", back=str(note["back"]), who=None))
    page.delete_cookie(STATE_COOKIE, path="/oidc")
    return admit(room, person_of(claims, room.params), page)


def person_of(claims: dict[str, Any], params: ReviewParams) -> Reviewer:
    """Who the claims speak of. The name ends in what the provider vouches for: two people never share one."""
    subject = clean_name(str(claims["sub"]))
    email = clean_name(str(claims.get("email", ""))) if claims.get("email_verified") is True else ""
    called = clean_name(str(claims.get("name") or claims.get("preferred_username") or ""))[:40]
    known_as = email or subject
    name = f"{called} ({known_as})" if called and called != known_as else known_as
    return Reviewer(clean_name(name), params.role_of(*filter(None, (email, subject))))
