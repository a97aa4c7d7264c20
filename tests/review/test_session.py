"""Sessions: what was sealed opens, for as long as it holds, and nothing else does."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from artwork.errors import StoreError
from artwork.review.people import Reviewer, ReviewParams, Role, clean_name
from artwork.review.session import Sessions, key_in

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@given(st.text(), st.sampled_from(Role))
def test_a_sealed_session_opens_again(name: str, role: Role) -> None:
    sessions = Sessions(b"key", 1.0)
    reviewer = Reviewer(clean_name(name), role)
    assert sessions.open(sessions.seal(reviewer)) == reviewer


@given(st.text())
def test_nothing_else_opens(cookie: str) -> None:
    assert Sessions(b"key", 1.0).open(cookie) is None


def test_a_session_runs_out() -> None:
    now = NOON
    sessions = Sessions(b"key", 2.0, lambda: now)
    cookie = sessions.seal(Reviewer("Ana", Role.REVIEWER))
    now = NOON + timedelta(hours=1, minutes=59)
    assert sessions.open(cookie) is not None
    now = NOON + timedelta(hours=2, seconds=1)
    assert sessions.open(cookie) is None


def test_another_key_opens_nothing_and_a_token_belongs_to_its_session() -> None:
    mine, other = Sessions(b"key", 1.0), Sessions(b"another", 1.0)
    ana, ben = (mine.seal(Reviewer(name, Role.REVIEWER)) for name in ("Ana", "Ben"))
    assert other.open(ana) is None
    assert mine.holds(ana, mine.token(ana))
    assert not mine.holds(ben, mine.token(ana))
    assert not mine.holds(ana, "\udcff")


@given(st.text())
def test_a_name_is_one_short_line_whatever_was_given(given_name: str) -> None:
    name = clean_name(given_name)
    assert len(name) <= 80
    assert name.isprintable()
    assert clean_name(name) == name


def test_names_keep_their_letters() -> None:
    assert clean_name("  Zoë\t\u202eÅström\u0000 ") == "Zoë Åström"
    assert clean_name("\u200b\n") == ""


def test_roles_go_by_name_and_else_by_default() -> None:
    params = ReviewParams(roles="Ada=admin,", default_role=Role.VIEWER)
    assert [params.role_of("Ada"), params.role_of("Ben"), params.role_of("x", "Ada")] == ["admin", "viewer", "admin"]


@pytest.mark.parametrize("roles", ["Ada", "Ada=king", "=admin", "Ada=admin; Ben=viewer"])
def test_roles_that_cannot_be_read_are_an_error(roles: str) -> None:
    with pytest.raises(ValueError, match="give NAME="):
        ReviewParams(roles=roles)


def test_secrets_are_never_shown() -> None:
    params = ReviewParams(secret=SecretStr("hush"), oidc_client_secret=SecretStr("hush"))
    assert "hush" not in f"{params} {params!r} {params.secret}"


def test_a_store_has_one_key_for_its_owner_alone(tmp_path: Path) -> None:
    first = key_in(tmp_path)
    assert (len(first), key_in(tmp_path)) == (32, first)
    assert stat.S_IMODE((tmp_path / "review.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["review.key"]


def test_a_key_that_a_crash_left_short_signs_nothing(tmp_path: Path) -> None:
    """With an empty key anybody could make sessions."""
    (tmp_path / "review.key").write_bytes(b"")
    with pytest.raises(StoreError, match="is damaged"):
        key_in(tmp_path)
    with pytest.raises(StoreError, match="cannot be made or read"):
        key_in(tmp_path / "nowhere")


@pytest.mark.parametrize(("role", "judges", "audits"), [("viewer", 0, 0), ("reviewer", 1, 0), ("admin", 1, 1)])
def test_each_role_may_what_the_one_before_may(role: str, judges: int, audits: int) -> None:
    assert (Role(role).may_judge, Role(role).may_audit) == (bool(judges), bool(audits))
