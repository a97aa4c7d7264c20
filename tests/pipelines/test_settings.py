"""Settings from the environment and from a file; those that cannot be used are named on one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from artwork.errors import SettingsError
from pipelines.settings import load_settings, setting_rows


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_option_over_environment_over_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each place gives what the ones above it leave open."""
    Path("artwork.toml").write_text('workers = 2\nscan = "quick"\nstore = "in-file"\n[shots]\ndetector = "hash"\n')
    monkeypatch.setenv("ARTWORK_WORKERS", "3")
    monkeypatch.setenv("ARTWORK_SCAN", "full")
    settings = load_settings(workers=4, engine=None)
    assert (settings.workers, settings.scan, settings.store) == (4, "full", "in-file")
    assert settings.shots.detector == "hash"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ARTWORK_WORKERS", "many"),
        ("ARTWORK_WORKERS", ""),
        ("ARTWORK_WROKERS", "3"),
        ("ARTWORK_SHOTS", "adaptive"),
        ("ARTWORK_SHOTS__DETECTR", "adaptive"),
        ("ARTWORK_SHOTS__VOTING__LOOKAHEAD_SECONDS", "nan"),
        ("ARTWORK_TITLE_SECONDS", "inf"),
        ("ARTWORK_DECODE__ANALYSIS_LONG_SIDE", "-5"),
        ("ARTWORK_DECODE__THREADS", "0"),
        ("ARTWORK_SAMPLING__SLOT_SECONDS", "0"),
        ("ARTWORK_SAMPLING__STILL_LONG_SIDE", "0"),
        ("ARTWORK_SAMPLING__JPEG_QUALITY", "1000"),
        ("ARTWORK_SHORTLIST__COUNT", "0"),
        ("ARTWORK_SHORTLIST__DROP_SHARE", "2"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any work: a film is not refused for what a setting did."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert name.split("__", maxsplit=1)[0].removeprefix("ARTWORK_").lower() in str(caught.value).lower()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["ARTWORK_PORT", "ARTWORK_SERVICE_HOST", "ARTWORK_MATERIAL"])
def test_variables_of_others_are_left_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster gives a service called artwork variables of its own."""
    monkeypatch.setenv(name, "tcp://10.0.0.1:80")
    load_settings()


@pytest.mark.parametrize(
    "content",
    [b'workers = "x', b"wrokers = 3", b'[shots]\ndetectr = "hash"', b'[shots]\ndetector = "guess"', b"\xff\xfe"],
)
def test_a_file_that_cannot_be_used_is_one_line(content: bytes) -> None:
    """Broken TOML, slips, values out of range, no text at all."""
    Path("artwork.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"artwork\.toml|ARTWORK_(WROKERS|SHOTS)"):
        load_settings()


def test_a_file_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """`artwork.toml` need not be."""
    load_settings()
    monkeypatch.setenv("ARTWORK_CONFIG", "absent.toml")
    with pytest.raises(SettingsError, match=r"absent\.toml"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        ("ARTWORK_SERVE__EVENTS_URL", "postgresql://ada:hunter2@db.example/artwork", True),
        ("ARTWORK_SERVE__EVENTS_URL", "postgresql://db.example/artwork?user=ada&password=hunter2", True),
        ("ARTWORK_SERVE__EVENTS_URL", "postgresql://ada@db.example/artwork?connect_timeout=5", False),
        ("ARTWORK_BLOBS_URL", "s3://hunter1:hunter2@bucket/art", True),
        ("ARTWORK_BLOBS_URL", "s3://bucket/a:b@c", False),
        ("ARTWORK_REVIEW__SECRET", "hunter2", True),
    ],
)
def test_secrets_are_said_to_be_set_and_not_shown(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, *, hidden: bool
) -> None:
    monkeypatch.setenv(name, value)
    (shown,) = [row["value"] for row in setting_rows(load_settings()) if row["setting"] == name]
    assert shown == ("(set)" if hidden else value)


def test_a_group_that_cannot_be_used_does_not_show_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTWORK_SERVE__EVENTS_URL", "postgresql://ada:hunter2@db.example/artwork")
    monkeypatch.setenv("ARTWORK_SERVE__PORT", "70000")
    with pytest.raises(SettingsError, match="port 70000 is not one of 0 to 65535") as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)
