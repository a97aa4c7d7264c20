"""`artwork review` as a process: where it listens, and where it refuses to."""

from __future__ import annotations

from pathlib import Path

import pytest

from artwork.errors import SettingsError, StoreError
from artwork.review.people import ReviewParams
from pipelines.review import run_review
from pipelines.settings import load_settings


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "artwork.example"])  # noqa: S104  # that is refused
def test_without_a_login_it_listens_on_this_machine_alone(tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingsError, match=r"does not listen on .* without a login"):
        run_review(load_settings(store=str(tmp_path)), ReviewParams(), host=host)


def test_a_provider_alone_is_no_login_yet(tmp_path: Path) -> None:
    params = ReviewParams(oidc_issuer="https://id.example")
    with pytest.raises(SettingsError, match="ARTWORK_REVIEW__PUBLIC_URL"):
        run_review(load_settings(store=str(tmp_path)), params, host="0.0.0.0")  # noqa: S104


def test_without_a_catalogue_there_is_nothing_to_review(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no catalogue in"):
        run_review(load_settings(store=str(tmp_path / "none")), ReviewParams())
