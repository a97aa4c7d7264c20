"""API keys: shown once, kept as hashes, and what is changed while a service runs counts at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from service_caller import Caller, OpenService
from typer.testing import CliRunner

from artwork.errors import SettingsError
from pipelines.cli import app
from pipelines.serve import make_service, signing_secrets
from ranking.serve.keyfile import FILE, KeyFile
from ranking.serve.keys import Forbidden, KeyRecord, Keyring, Scope, TooMany, Unknown, make_key


def bearer(key: str) -> bytes:
    return f"Bearer {key}".encode()


def test_a_key_is_shown_once_and_its_hash_is_kept(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    key = keys.add("shop", [Scope.DECIDE])
    keys.add("reporter", [Scope.EVENTS])
    assert key not in keys.place.read_text()
    assert keys.place.stat().st_mode & 0o777 == 0o600
    assert make_service(tmp_path).keyring.admit(bearer(key), Scope.DECIDE) == "shop"
    with pytest.raises(SettingsError, match="already"):
        keys.add("shop", [Scope.ADMIN])


def test_a_removed_key_opens_nothing(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    first, second = (keys.add(name, [Scope.DECIDE]) for name in ("first", "second"))
    keys.remove("first")
    with pytest.raises(Unknown):
        keys.keyring().admit(bearer(first), Scope.DECIDE)
    assert keys.keyring().admit(bearer(second), Scope.DECIDE) == "second"
    with pytest.raises(SettingsError, match="no key named 'first'; there are: second"):
        keys.remove("first")
    keys.remove("second")
    assert not keys.keyring().open_to_all


def test_without_a_file_everybody_may_and_with_an_empty_one_nobody(tmp_path: Path) -> None:
    assert KeyFile(tmp_path).keyring().admit(None, Scope.ADMIN) == "anybody"
    with pytest.raises(Unknown):
        Keyring([]).admit(None, Scope.DECIDE)


@pytest.mark.parametrize(
    ("name", "rate", "at_once"), [("", 0.0, 0), (" ", 0.0, 0), ("a\nb", 0.0, 0), ("a", -1.0, 0), ("a", float("nan"), 0)]
)
def test_a_key_that_says_nothing_is_not_made(tmp_path: Path, name: str, rate: float, at_once: int) -> None:
    with pytest.raises(SettingsError):
        KeyFile(tmp_path).add(name, [Scope.DECIDE], rate, at_once)
    assert KeyFile(tmp_path).records() is None


@pytest.mark.parametrize("content", ["", "{}", '[{"name":"a","digest":"xy","scopes":["decide"]}]', '[{"name":"a"}]'])
def test_a_damaged_file_opens_nothing_and_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(SettingsError, match="holds no API keys"):
        make_service(tmp_path)
    with pytest.raises(SettingsError, match="holds no API keys"):
        KeyFile(tmp_path).add("b", [Scope.DECIDE])
    assert (tmp_path / FILE).read_text() == content


def test_a_rate_lets_through_what_it_says() -> None:
    """Without a burst of its own, a key may send what a second allows at once: 3 of 2.5 a second."""
    for at_once, most in ((0, 3), (1, 1), (5, 5)):
        key, record = make_key("eager", [Scope.DECIDE], 2.5, at_once)
        ring = Keyring([record])
        for _ in range(most):
            ring.admit(bearer(key), Scope.DECIDE)
        with pytest.raises(TooMany) as told:
            ring.admit(bearer(key), Scope.DECIDE)
        assert 0 < told.value.retry_after_seconds <= 0.4


def test_a_key_goes_on_with_what_is_left_of_its_rate() -> None:
    key, record = make_key("eager", [Scope.DECIDE], 0.001, 1)
    former = Keyring([record])
    former.admit(bearer(key), Scope.DECIDE)
    with pytest.raises(TooMany):
        Keyring([record], former).admit(bearer(key), Scope.DECIDE)
    wider = KeyRecord(record.name, record.digest, (Scope.DECIDE, Scope.EVENTS), 0.001, 1)
    assert Keyring([wider], former).admit(bearer(key), Scope.EVENTS) == "eager"


@pytest.fixture
def guarded(store: Path, open_service: OpenService) -> Caller:
    return open_service(store, keys=KeyFile(store))


def status(caller: Caller, key: str) -> int:
    headers = {"authorization": f"Bearer {key}"}
    return caller.post("/v1/decisions", json={"titles": [], "canvas": "boxart"}, headers=headers).status_code


def test_a_running_service_reads_its_keys_when_they_change(guarded: Caller, store: Path) -> None:
    keys = KeyFile(store)
    assert status(guarded, "none") == 200
    key = keys.add("shop", [Scope.DECIDE])
    guarded.run(guarded.service.renew_keys())
    assert (status(guarded, "none"), status(guarded, key)) == (401, 200)
    keys.remove("shop")
    guarded.run(guarded.service.renew_keys())
    assert status(guarded, key) == 401


@pytest.mark.parametrize("harm", [lambda place: place.unlink(), lambda place: place.write_text("[{")])
def test_a_file_that_is_gone_or_damaged_opens_nothing_more(guarded: Caller, store: Path, harm) -> None:  # noqa: ANN001
    key = KeyFile(store).add("shop", [Scope.DECIDE])
    guarded.run(guarded.service.renew_keys())
    harm(KeyFile(store).place)
    guarded.run(guarded.service.renew_keys())
    assert (status(guarded, "none"), status(guarded, key)) == (401, 200)


def test_the_command_adds_lists_and_removes(tmp_path: Path) -> None:
    run, store = CliRunner(), ["--store", str(tmp_path)]
    added = run.invoke(app, ["keys", "add", "shop", "--scope", "decide", "--scope", "events", "--json", *store])
    assert added.exit_code == 0, added.output
    key = json.loads(added.stdout)["key"]
    assert KeyFile(tmp_path).keyring().admit(bearer(key), Scope.EVENTS) == "shop"
    with pytest.raises(Forbidden):
        KeyFile(tmp_path).keyring().admit(bearer(key), Scope.ADMIN)
    plain = run.invoke(app, ["keys", "add", "metrics", "--scope", "admin", "--per-second", "2", *store])
    assert KeyFile(tmp_path).keyring().admit(bearer(plain.stdout.strip()), Scope.ADMIN) == "metrics"
    listed = [json.loads(line) for line in run.invoke(app, ["keys", "list", "--json", *store]).stdout.splitlines()]
    assert listed == [
        {"name": "metrics", "scopes": "admin", "per_second": 2.0, "at_once": 0},
        {"name": "shop", "scopes": "decide, events", "per_second": 0.0, "at_once": 0},
    ]
    assert run.invoke(app, ["keys", "remove", "shop", *store]).exit_code == 0
    assert [one.name for one in KeyFile(tmp_path).records() or []] == ["metrics"]
    assert run.invoke(app, ["keys", "add", "x", "--scope", "everything", *store]).exit_code == 2
    assert run.invoke(app, ["keys", "add", "x", *store]).exit_code == 2


def test_without_a_key_it_is_said_who_may_ask(tmp_path: Path) -> None:
    """Anybody here where there never were keys, nobody where the last one is gone; stdout is for programs."""
    run, store = CliRunner(), ["--store", str(tmp_path)]
    never = run.invoke(app, ["keys", "list", "--json", *store])
    assert (never.stdout, never.stderr) == ("", "there are no keys: whoever is on this machine may ask\n")
    for name in ("shop", "club"):
        run.invoke(app, ["keys", "add", name, "--scope", "decide", *store])
    assert run.invoke(app, ["keys", "remove", "shop", *store]).stderr == ""
    last = run.invoke(app, ["keys", "remove", "club", *store])
    assert last.stderr.startswith("no key is left: nobody may ask")
    assert str(KeyFile(tmp_path).place) in last.stderr
    assert run.invoke(app, ["keys", "list", *store]).stderr == last.stderr


def test_the_signing_secret_is_made_once_and_may_have_former_ones(tmp_path: Path) -> None:
    file = tmp_path / "signing.key"
    (made,) = signing_secrets(file)
    assert signing_secrets(file) == [made]
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("ab" * 32 + "\n" + made.hex() + "\n")
    assert signing_secrets(file) == [bytes.fromhex("ab" * 32), made]
    for damaged in ("", "zz", "abcd"):
        file.write_text(damaged)
        with pytest.raises(SettingsError, match=r"signing\.key"):
            signing_secrets(file)
