"""Images per second of the CLIP embedder against open_clip used plainly.

    python -m tests.benchmarks.clip

Ours: batched, in the arithmetic that the self-check takes, preprocessing included. Theirs: open_clip's own
preprocessing and `model.encode_image`, in fp32, one picture at a time, as its README shows. Same pictures (1080p),
same weights (ViT-B/32, random: they take as long as learned ones), same run, turn by turn; the best turn of each
counts. On a CPU both have one thread and the seconds are the process's own, so that other work on the machine does
not tell.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image

from artwork.annotate.arithmetic import sample_pictures
from artwork.annotate.clip import ClipEmbedder
from artwork.annotate.openclip import open_clip, quiet
from artwork.annotate.preprocess import Preprocessing
from artwork.domain import Rgb
from tests.annotate.tiny_clip import VIT_B_32, make_clip

PICTURES, TURNS = 16, 3
TARGET = 2.5


def main() -> float:
    """How many times the images per second: printed with what it is made of."""
    pictures = sample_pictures(PICTURES, 1080, 1920)
    with tempfile.TemporaryDirectory() as place:
        folder = make_clip(Path(place) / "ViT-B-32", VIT_B_32)
        embedder = ClipEmbedder.open(f"local-dir:{folder}")
        device = embedder.arithmetic.device
        torch.set_num_threads(1 if device == "cpu" else torch.get_num_threads())
        plainly, way = _theirs(folder, device)
        ours, theirs = _in_turns(lambda: embedder.embed(pictures), lambda: plainly(pictures), device)
    swift, faithful = _in_turns(
        lambda: [way.swift(picture) for picture in pictures],
        lambda: [way.faithful(picture) for picture in pictures],
        "cpu",
    )
    print(f"arithmetic      {embedder.arithmetic}, {embedder.arithmetic.speedup:.2f} x fp32 by its self-check,")
    print(f"                cosine to fp32 {embedder.arithmetic.cosine:.6f}")
    print(f"preprocessing   {PICTURES / swift:7.1f} images/s, {faithful / swift:5.2f} x Pillow's")
    print(f"open_clip       {PICTURES / theirs:7.1f} images/s")
    print(f"ours            {PICTURES / ours:7.1f} images/s")
    print(f"ratio           {theirs / ours:7.2f} (target {TARGET} on a CPU with bf16)")
    return theirs / ours


def _theirs(folder: Path, device: str) -> tuple[Callable[[list[Rgb]], None], Preprocessing]:
    """open_clip as its README uses it, and its preprocessing as ours describes it."""
    with quiet():
        model, _, preprocess = open_clip().create_model_and_transforms(f"local-dir:{folder}", device=device)
    model.eval()

    def plainly(pictures: list[Rgb]) -> None:
        with torch.inference_mode():
            for picture in pictures:
                vector = model.encode_image(preprocess(Image.fromarray(picture))[None].to(device))
                (vector / vector.norm(dim=-1, keepdim=True)).cpu()

    return plainly, Preprocessing.of(model.visual.preprocess_cfg)


def _in_turns(one: Callable[[], object], other: Callable[[], object], device: str) -> tuple[float, float]:
    """Seconds of the best turn of each, after one to warm up."""
    clock = time.process_time if device == "cpu" else time.perf_counter
    best = [float("inf"), float("inf")]
    for turn in range(TURNS + 1):
        for place, work in enumerate((one, other)):
            begun = clock()
            work()
            if turn:
                best[place] = min(best[place], clock() - begun)
    return best[0], best[1]


if __name__ == "__main__":
    main()
