"""Model files by manifest, from a folder and from a server on this machine."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from artwork.errors import ModelError
from artwork.store.weights import InventoryLine, ModelFile, Presence, Weights, read_manifest

CONTENT = b"the numbers of a model"


class Shelf(http.server.BaseHTTPRequestHandler):
    """Serves what is on it, and counts the visits."""

    content: ClassVar[dict[str, bytes]] = {}
    visits: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.visits.append(self.path)
        body = self.content.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Shelf.content, Shelf.visits = {"/model.bin": CONTENT}, []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def entry(source: str = "https://example.org/model.bin", content: bytes = CONTENT) -> ModelFile:
    digest = hashlib.sha256(content).hexdigest()
    return ModelFile("numbers", "test", source, "CC0", "a test", "model.bin", digest, len(content))


def test_a_file_in_the_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(CONTENT)
    assert Weights(tmp_path, manifest=[entry()]).find("numbers") == tmp_path / "model.bin"


def test_an_absent_file_is_not_fetched_unless_allowed(tmp_path: Path) -> None:
    """And whoever requires it is told what to do."""
    weights = Weights(tmp_path / "none", manifest=[entry()])
    assert weights.find("numbers") is None
    with pytest.raises(
        ModelError, match=r"numbers is not in .*none \(downloads are off\).*https://example.org/model.bin"
    ):
        weights.require("numbers")


def test_an_absent_file_is_fetched_once_and_verified(tmp_path: Path, address: str) -> None:
    weights = Weights(tmp_path / "models", download=True, manifest=[entry(f"{address}/model.bin")])
    path = weights.require("numbers")
    assert path.read_bytes() == CONTENT
    assert weights.require("numbers") == path
    assert Shelf.visits == ["/model.bin"]
    assert [left.name for left in path.parent.iterdir()] == ["model.bin"]


@pytest.mark.parametrize("served", [b"something else", b"", CONTENT + b" and more"], ids=["other", "empty", "long"])
def test_what_is_not_the_file_of_the_manifest_is_refused_and_not_kept(
    tmp_path: Path, address: str, served: bytes
) -> None:
    Shelf.content = {"/model.bin": served}
    with pytest.raises(ModelError, match=f"sha256 {entry().sha256} expected, [0-9a-f]{{64}} found"):
        Weights(tmp_path, download=True, manifest=[entry(f"{address}/model.bin")]).find("numbers")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_in_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"damaged")
    with pytest.raises(ModelError, match=r"model\.bin is not the file of the manifest"):
        Weights(tmp_path, manifest=[entry()]).find("numbers")


def test_a_source_that_does_not_answer_leaves_the_file_absent_and_says_why(tmp_path: Path, address: str) -> None:
    weights = Weights(tmp_path, download=True, manifest=[entry(f"{address}/gone.bin")])
    assert weights.find("numbers") is None
    with pytest.raises(ModelError, match=r"gone\.bin cannot be fetched: HTTP Error 404"):
        weights.require("numbers")
    assert list(tmp_path.iterdir()) == []


def test_only_web_addresses_are_fetched(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is not a web address"):
        Weights(tmp_path, download=True, manifest=[entry("file:///etc/hostname")]).find("numbers")


def test_the_inventory_tells_here_absent_damaged_and_on_the_hub(tmp_path: Path) -> None:
    names = ("here", "absent", "damaged")
    files = [
        ModelFile(name, "test", "https://example.org", "CC0", "", name, entry().sha256, len(CONTENT)) for name in names
    ]
    checkpoint = ModelFile("clip", "clip", "https://example.org", "MIT", "", hub="ViT-B-32/openai")
    (tmp_path / "here").write_bytes(CONTENT)
    (tmp_path / "damaged").write_bytes(b"?")
    assert Weights(tmp_path, manifest=[*files, checkpoint]).inventory() == (
        InventoryLine(files[0], Presence.HERE, tmp_path / "here"),
        InventoryLine(files[1], Presence.ABSENT, tmp_path / "absent"),
        InventoryLine(files[2], Presence.DAMAGED, tmp_path / "damaged"),
        InventoryLine(checkpoint, Presence.ON_HUB, None),
    )


def test_a_name_that_is_not_in_the_manifest_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model file 'other': it has numbers"):
        Weights(tmp_path, manifest=[entry()]).find("other")


def test_the_manifest_of_the_package_is_whole() -> None:
    models = read_manifest()
    assert len({model.name for model in models}) == len(models) == 6
    assert all(model.source.startswith("https://") and model.licence and model.about for model in models)
    assert all(model.dimension and model.for_embedder for model in models if model.kind == "aesthetic_head")


@pytest.mark.material
def test_the_manifest_describes_the_files_beside_the_project(material: Path) -> None:
    weights = Weights(material / "models")
    lines = [line for line in weights.inventory() if line.path is not None]
    assert [line.presence for line in lines] == [Presence.HERE] * 4
    assert all(line.path is not None and line.path.stat().st_size == line.model.size_bytes for line in lines)
    head = weights.aesthetic_head("ViT-B-32/openai")
    assert head is not None
    assert head.name == "laion_sa_0_4_vit_b_32_linear.pth"
    assert weights.aesthetic_head("builtin") is None


@pytest.mark.parametrize(
    "content", ["", "model = 3", '[[model]]\nname = "x"', "]["], ids=["empty", "number", "half", "not toml"]
)
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, content: str) -> None:
    place = tmp_path / "models.toml"
    place.write_text(content)
    with pytest.raises(ModelError, match="is not a manifest of models"):
        read_manifest(place)


@pytest.mark.parametrize("changes", [{"file": "../model.bin"}, {"sha256": "short"}, {"hub": "ViT-B-32/openai"}])
def test_an_entry_that_contradicts_itself_is_refused(changes: dict[str, str]) -> None:
    fields = {"file": "model.bin", "sha256": "a" * 64, "hub": ""} | changes
    with pytest.raises(ModelError, match="of the manifest"):
        ModelFile("x", "test", "https://example.org", "CC0", "", size_bytes=1, **fields)
