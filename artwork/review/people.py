"""Who looks at the page, and what they may do there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import SecretStr

LONGEST_NAME = 80
_NO_SECRET = SecretStr("")


class Role(StrEnum):
    """What a person may do: each may do all that the one before may."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    ADMIN = "admin"

    @property
    def may_judge(self) -> bool:
        """Whether the person may change anything."""
        return self is not Role.VIEWER

    @property
    def may_audit(self) -> bool:
        """Whether the person may read the whole journal."""
        return self is Role.ADMIN


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person at the page. name: as it stands in the journal."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class ReviewParams:
    """How the page is run.

    Attributes:
        roles: what people may do, by name (with OpenID Connect: by e-mail address or subject): "Ada=admin, Ben=viewer".
        default_role: of everybody else.
        session_hours: how long a login holds.
        secret: signs sessions; empty: a key file in the store, made once.
        public_url: where browsers find the page, when it is not this machine's loopback: https://artwork.example.org.
        oidc_issuer: an OpenID Connect provider; empty: people on this machine name themselves.
        oidc_client_id: what the provider calls this page.
        oidc_client_secret: what it knows this page by; empty for a public client.
    """

    roles: str = ""
    default_role: Role = Role.REVIEWER
    session_hours: float = 12.0
    secret: SecretStr = _NO_SECRET
    public_url: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = _NO_SECRET

    def __post_init__(self) -> None:
        _ = self.named_roles

    @property
    def named_roles(self) -> dict[str, Role]:
        """The roles by name.

        Raises:
            ValueError: they are not of that form, or there is no such role.
        """
        pairs = [pair.rpartition("=") for pair in self.roles.split(",") if pair.strip()]
        known = {role.value for role in Role}
        for name, _, role in pairs:
            if not name.strip() or "=" in name or role.strip() not in known:
                raise ValueError(f"{name.strip()!r} = {role.strip()!r}: give NAME={'|'.join(sorted(known))}, ...")
        return {name.strip(): Role(role.strip()) for name, _, role in pairs}

    def role_of(self, *names: str) -> Role:
        """The role of the first of these names that has one, else the default."""
        given = self.named_roles
        return next((given[name] for name in names if name in given), Role(self.default_role))


def clean_name(given: str) -> str:
    """A name fit for the journal: one line, no control or direction characters, at most 80 long; may be empty."""
    kept = "".join(letter for letter in " ".join(given.split()) if letter.isprintable())
    return " ".join(kept.split())[:LONGEST_NAME].strip()
