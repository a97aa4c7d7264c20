"""CLIP against open_clip itself, with small models of random weights."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from artwork.annotate.arithmetic import sample_pictures
from artwork.annotate.checkpoint import Checkpoint, find_checkpoint
from artwork.annotate.clip import ClipEmbedder, ClipParams
from artwork.annotate.openclip import open_clip, quiet
from artwork.annotate.preprocess import Placement, Preprocessing
from artwork.annotate.words import WordTower
from artwork.domain import Rgb, Vectors
from artwork.errors import ModelError
from tests.annotate.tiny_clip import COCA, OPENAI_MEAN, OPENAI_STD, RESNET, TIMM, TINY, make_clip

EXACT = ClipParams(device="cpu", precision="fp32")
WORDS = [
    "a cat",
    "",
    "a wide view of a rainy city at night, seen from the roof of a very tall building far away",
    "sad",
]
SIZES = ((72, 128), (128, 72), (90, 90), (51, 120), (40, 50))
"""(height, width): wide, tall, square, very wide, and smaller than the tower's window."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "tiny")


@pytest.fixture(scope="module")
def embedder(folder: Path) -> ClipEmbedder:
    return ClipEmbedder.open(f"local-dir:{folder}", EXACT)


@pytest.fixture(scope="module")
def pictures() -> list[Rgb]:
    big = sample_pictures(len(SIZES), 144, 256)
    return [cv2.resize(one, size[::-1], interpolation=cv2.INTER_AREA) for one, size in zip(big, SIZES, strict=True)]


@pytest.fixture(params=["cpu", "cuda"])
def device(request: pytest.FixtureRequest) -> str:
    """Each device in turn; the test skips where it is not."""
    import torch

    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no GPU on this machine")
    return str(request.param)


def theirs(folder: Path, pictures: list[Rgb], words: list[str]) -> tuple[Vectors, Vectors]:
    """What open_clip's own functions give for pictures, one by one, and words."""
    import torch

    with quiet():
        model, _, preprocess = open_clip().create_model_and_transforms(f"local-dir:{folder}")
    model.eval()
    with torch.inference_mode():
        rows = [model.encode_image(preprocess(Image.fromarray(one))[None], normalize=True)[0] for one in pictures]
        read = model.encode_text(open_clip().get_tokenizer(f"local-dir:{folder}")(words), normalize=True)
    return torch.stack(rows).numpy(), read.numpy()


SQUASH: dict[str, Any] = {"resize_mode": "squash", "interpolation": "bilinear", "mean": [0.5] * 3, "std": [0.5] * 3}


@pytest.mark.parametrize(
    ("architecture", "preprocess"),
    [
        (TINY, {}),
        (TINY, SQUASH),
        (TINY, {"resize_mode": "longest", "fill_color": 90}),
        (RESNET, {}),
        (TIMM, {}),
        (COCA, {}),
    ],
    ids=["vit", "squash", "longest", "resnet", "timm", "coca"],
)
def test_both_towers_give_open_clips_own_vectors(
    tmp_path: Path, pictures: list[Rgb], architecture: dict[str, Any], preprocess: dict[str, Any]
) -> None:
    """In fp32 to 1e-5, with the preprocessing that the folder's configuration asks for."""
    place = make_clip(tmp_path / "clip", architecture, preprocess)
    ours = ClipEmbedder.open(f"local-dir:{place}", EXACT)
    shown, read = theirs(place, pictures, WORDS)
    np.testing.assert_allclose(ours.embed(pictures), shown, atol=1e-5, rtol=0)
    np.testing.assert_allclose(ours.embed_words(WORDS), read, atol=1e-5, rtol=0)


def test_the_same_weights_in_another_tower_are_another_model(folder: Path, tmp_path: Path) -> None:
    make_clip(tmp_path / "tiny", TINY | {"quick_gelu": True})
    ours = ClipEmbedder.open(f"local-dir:{tmp_path / 'tiny'}", EXACT).model
    plain = ClipEmbedder.open(f"local-dir:{folder}", EXACT).model
    assert (ours.name, ours.digest) == (plain.name, plain.digest)
    assert ours != plain


def test_a_tokenizer_from_the_hub_is_not_fetched_unasked(tmp_path: Path) -> None:
    """The models folder may hold the weights of a tag whose tokenizer it does not hold."""
    borrowed = TINY | {"text_cfg": TINY["text_cfg"] | {"hf_tokenizer_name": "somebody/words"}}
    with pytest.raises(ModelError, match="the tokenizer of local-dir:tiny cannot be opened"):
        ClipEmbedder.open(f"local-dir:{make_clip(tmp_path / 'tiny', borrowed)}", EXACT).embed_words(["a cat"])
    tag = Checkpoint("ViT-B-16-SigLIP/webli", "ViT-B-16-SigLIP", tmp_path / "none")
    with pytest.raises(ModelError, match=r"comes from the hub \(timm/ViT-B-16-SigLIP\): allow downloads"):
        WordTower(None, tag, 768).embed(["a cat"])


def test_a_window_that_is_not_square_is_cut_as_open_clip_cuts_it(tmp_path: Path, pictures: list[Rgb]) -> None:
    oblong = TINY | {"vision_cfg": TINY["vision_cfg"] | {"image_size": [48, 64]}}
    place = make_clip(tmp_path / "clip", oblong, {"interpolation": "bilinear"})
    shown, _ = theirs(place, pictures, WORDS)
    np.testing.assert_allclose(ClipEmbedder.open(f"local-dir:{place}", EXACT).embed(pictures), shown, atol=1e-5, rtol=0)


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_a_pictures_vector_does_not_depend_on_its_company(
    folder: Path, pictures: list[Rgb], device: str, precision: str
) -> None:
    """The same bits alone, in another order, in a batch with strangers, and over the edge of a batch."""
    ours = ClipEmbedder.open(f"local-dir:{folder}", ClipParams(device=device, precision=precision, batch=3))
    together = ours.embed(pictures)
    for place, picture in enumerate(pictures):
        assert np.array_equal(ours.embed([picture])[0], together[place])
    assert np.array_equal(ours.embed(pictures[::-1])[::-1], together)
    assert np.array_equal(ours.embed([pictures[4], pictures[0]])[1], together[0])


def test_a_sentences_vector_does_not_depend_on_its_company(embedder: ClipEmbedder) -> None:
    together = embedder.embed_words(WORDS)
    assert np.array_equal(np.concatenate([embedder.embed_words([text]) for text in WORDS]), together)


def test_nothing_gives_no_rows(embedder: ClipEmbedder) -> None:
    assert embedder.embed([]).shape == (0, 32)
    assert embedder.embed_words([]).shape == (0, 32)


def test_the_half_precisions_give_nearly_the_same_vectors(folder: Path, pictures: list[Rgb], device: str) -> None:
    """Cosine above 0.999 to open_clip in fp32 on the CPU, the faster preprocessing included."""
    shown, _ = theirs(folder, pictures, WORDS)
    for precision in ("bf16", "fp16"):
        half = ClipEmbedder.open(f"local-dir:{folder}", ClipParams(device=device, precision=precision))
        assert np.sum(half.embed(pictures) * shown, axis=1).min() > 0.999


def test_the_self_check_says_what_it_found_and_finds_it_once(folder: Path, device: str) -> None:
    ours = ClipEmbedder.open(f"local-dir:{folder}", ClipParams(device=device))
    assert ours.arithmetic.device == device
    assert ours.arithmetic.precision in {"fp32", "bf16", "fp16"}
    assert ours.arithmetic.cosine > 0.999
    assert ClipEmbedder.open(f"local-dir:{folder}", ClipParams(device=device)).arithmetic is ours.arithmetic


def test_a_model_is_named_by_its_weights_and_its_preprocessing(embedder: ClipEmbedder, folder: Path) -> None:
    import hashlib

    weights = (folder / "open_clip_model.safetensors").read_bytes()
    assert embedder.model.name == "local-dir:tiny"
    assert embedder.model.digest == hashlib.sha256(weights).hexdigest()
    assert embedder.model.preprocessing.rpartition(" tower=")[0] == (
        "64x64 bicubic shortest fill=0 mean=0.48145466,0.4578275,0.40821073 std=0.26862954,0.26130258,0.27577711"
    )
    assert embedder.dimension == 32
    assert embedder.temperature == pytest.approx(1 / 0.07)
    named = ClipEmbedder.open(f"local-dir:{folder}", ClipParams(name="ViT-B-32/openai", precision="fp32"))
    assert named.model.name == "ViT-B-32/openai"


def preprocessing(**changes: str | int) -> Preprocessing:
    plain = {"size": 224, "mean": OPENAI_MEAN, "std": OPENAI_STD, "interpolation": "bicubic", "resize_mode": "shortest"}
    return Preprocessing.of(plain | changes)


def test_a_picture_is_placed_as_worked_out_by_hand() -> None:
    """1080p: scaled to 398 x 224 (224 x 1920 / 1080 = 398.2), 87 columns cut from the left of it."""
    assert preprocessing().place(1080, 1920) == Placement(224, 398, 0, 87)
    assert preprocessing().place(1920, 1080) == Placement(398, 224, 87, 0)
    assert preprocessing(resize_mode="squash").place(1080, 1920) == Placement(224, 224, 0, 0)
    # 1920 / 224 = 8.571; 1080 / 8.571 = 126 rows: 98 short, 49 before the picture.
    assert preprocessing(resize_mode="longest").place(1080, 1920) == Placement(126, 224, -49, 0)


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(["shortest", "longest", "squash"]))
def test_the_window_is_always_full(height: int, width: int, mode: str) -> None:
    if mode == "shortest" and max(height, width) > 20 * min(height, width):
        height = width
    way = preprocessing(size=32, resize_mode=mode)
    assert way.faithful(np.full((height, width, 3), 7, np.uint8)).shape == (32, 32, 3)
    assert way.swift(np.full((height, width, 3), 7, np.uint8)).shape == (32, 32, 3)


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize(
    ("size", "levels", "mean"),
    [((1080, 1920), 2, 0.01), ((360, 640), 2, 0.01), ((204, 480), 2, 0.01), ((640, 360), 3, 0.25), ((51, 90), 3, 0.25)],
)
def test_the_swift_way_is_near_the_faithful_one(
    mode: str, interpolation: str, size: tuple[int, int], levels: int, mean: float
) -> None:
    """At most so many of 255 levels apart, and so much on average."""
    (picture,) = sample_pictures(1, *size)
    way = preprocessing(resize_mode=mode, interpolation=interpolation)
    apart = np.abs(way.swift(picture).astype(int) - way.faithful(picture))
    assert apart.max() <= levels
    assert apart.mean() < mean


def test_a_read_only_picture_can_be_embedded(embedder: ClipEmbedder, pictures: list[Rgb]) -> None:
    fixed = pictures[0].copy()
    fixed.flags.writeable = False
    assert np.array_equal(preprocessing().swift(fixed), preprocessing().swift(pictures[0]))
    assert np.array_equal(embedder.embed([fixed]), embedder.embed([pictures[0]]))


def test_what_is_no_picture_is_refused(embedder: ClipEmbedder) -> None:
    with pytest.raises(ValueError, match="uint8"):
        embedder.embed([np.zeros((4, 4), np.uint8)])


class TestAbsentOrDamaged:
    """Each is one line that says what to do, and none uses the network."""

    @pytest.fixture(autouse=True)
    def _no_network(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import socket

        def refuse(*_: object) -> None:
            pytest.fail("the network was used")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)

    @pytest.mark.parametrize("setting", ["ViT-B-32/openai", "hf-hub:timm/vit_base_patch32_clip_224.openai"])
    def test_weights_that_are_not_here(self, tmp_path: Path, setting: str) -> None:
        with pytest.raises(ModelError, match=r"downloads are off.*allow downloads, or put open_clip_config\.json"):
            ClipEmbedder.open(setting, ClipParams(models=tmp_path))

    def test_a_name_that_is_no_repository(self) -> None:
        with pytest.raises(ModelError, match="write hf-hub:OWNER/NAME"):
            ClipEmbedder.open("hf-hub:not a name")

    def test_an_unknown_tag_names_the_known_ones(self) -> None:
        with pytest.raises(ModelError, match="its tags are openai, laion400m_e31"):
            ClipEmbedder.open("ViT-B-32/beautiful")

    def test_an_unknown_architecture_says_how_to_write_one(self) -> None:
        with pytest.raises(ModelError, match="write ARCHITECTURE/TAG"):
            ClipEmbedder.open("nothing")

    def test_a_folder_without_a_configuration(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match=r"holds no open_clip_config\.json"):
            ClipEmbedder.open(f"local-dir:{tmp_path}")

    def test_a_folder_without_weights(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "open_clip_config.json").write_bytes((folder / "open_clip_config.json").read_bytes())
        with pytest.raises(ModelError, match=r"must hold one weights file.*it holds: none"):
            ClipEmbedder.open(f"local-dir:{tmp_path}")

    def test_a_configuration_that_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "open_clip_config.json").write_text("[]")
        with pytest.raises(ModelError, match="must be JSON with a model_cfg"):
            ClipEmbedder.open(f"local-dir:{tmp_path}")

    def test_a_text_tower_from_the_hub(self, tmp_path: Path) -> None:
        borrowed = {"model_cfg": TINY | {"text_cfg": {"hf_model_name": "roberta-base"}}}
        (tmp_path / "open_clip_config.json").write_text(json.dumps(borrowed))
        with pytest.raises(ModelError, match="hf_model_name"):
            ClipEmbedder.open(f"local-dir:{tmp_path}")

    @pytest.mark.parametrize("content", [b"", b"not weights", b"\x80\x04\x8c\x05posix\x8c\x06system\x93."])
    @pytest.mark.parametrize("name", ["open_clip_model.safetensors", "weights.pth"])
    def test_weights_that_are_none(self, folder: Path, tmp_path: Path, name: str, content: bytes) -> None:
        """A pickle is refused and not run."""
        (tmp_path / "open_clip_config.json").write_bytes((folder / "open_clip_config.json").read_bytes())
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match="does not hold weights"):
            ClipEmbedder.open(f"local-dir:{tmp_path}", EXACT)

    def test_a_device_that_is_not_here(self, folder: Path) -> None:
        with pytest.raises(ModelError, match="use auto or one of"):
            ClipEmbedder.open(f"local-dir:{folder}", ClipParams(device="abacus"))

    def test_a_precision_that_is_not_known(self, folder: Path) -> None:
        with pytest.raises(ModelError, match="use auto or one of fp32, bf16, fp16"):
            ClipEmbedder.open(f"local-dir:{folder}", ClipParams(device="cpu", precision="int3"))


def test_a_tag_is_looked_for_in_the_models_folder_first(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "ViT-B-32--openai").symlink_to(folder)
    found = find_checkpoint("ViT-B-32/openai", tmp_path)
    assert (found.name, found.weights.name) == ("ViT-B-32/openai", "open_clip_model.safetensors")
    assert ClipEmbedder.open("ViT-B-32/openai", ClipParams(models=tmp_path, precision="fp32")).dimension == 32


def test_a_repository_in_the_hubs_cache_is_opened_without_the_network(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "hub" / "models--somebody--tiny"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text("abc")
    (place / "snapshots").mkdir()
    (place / "snapshots" / "abc").symlink_to(folder)
    ours = ClipEmbedder.open("hf-hub:somebody/tiny", ClipParams(models=tmp_path, precision="fp32"))
    assert (ours.model.name, ours.dimension) == ("hf-hub:somebody/tiny", 32)


def test_a_tag_brings_its_own_activation_and_preprocessing(tmp_path: Path) -> None:
    """OpenAI's checkpoints were trained with QuickGELU, which the architecture's listing does not say."""
    place = tmp_path / "hub" / "models--timm--vit_base_patch32_clip_224.openai" / "snapshots" / "abc"
    place.mkdir(parents=True)
    (place / "open_clip_model.safetensors").write_bytes(b"")
    (place.parents[1] / "refs").mkdir()
    (place.parents[1] / "refs" / "main").write_text("abc")
    found = find_checkpoint("ViT-B/32/openai", tmp_path)
    assert (found.architecture, found.quick_gelu) == ("ViT-B-32", True)
    assert (found.preprocess["resize_mode"], list(found.preprocess["mean"])) == ("shortest", OPENAI_MEAN)


def test_open_clip_is_imported_only_when_a_model_is_opened() -> None:
    """And then beside a CPU build of torch too, leaving the root logger as it was."""
    code = (
        "import logging, sys\n"
        "from artwork.annotate import clip, embed\n"
        "print([name for name in ('torch', 'torchvision', 'open_clip', 'huggingface_hub') if name in sys.modules])\n"
        "from artwork.annotate.openclip import open_clip\n"
        "print(open_clip().__name__, logging.getLogger().handlers, logging.getLogger().filters)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "open_clip [] []"]
