"""The desk where all titles bring their frames, so that the models always see full batches."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from artwork.annotate.embed import Appraiser
from artwork.domain import AnnotatedFrame, Appraisal, Rgb
from artwork.errors import ArtworkError

LINGER_SECONDS = 0.02
"""How long a batch that is not full waits for other titles' frames. Long against a queue hop, short against a batch."""

_Wanted = tuple[AnnotatedFrame, "Future[Appraisal]"]


class DeskClosed(ArtworkError):
    """The desk takes no frames any more."""


class AppraisalDesk:
    """Appraises frames of several titles at once; one thread works at the models.

    A still is read only when its batch is made, so waiting costs no memory.
    """

    def __init__(self, appraiser: Appraiser, read: Callable[[str], Rgb], batch: int) -> None:
        self._appraiser = appraiser
        self._read = read
        self._batch = batch
        self._waiting: queue.SimpleQueue[_Wanted | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._closed = self._dropping = False
        self._worker = threading.Thread(target=self._work, name="appraisal-desk", daemon=True)
        self._worker.start()

    def appraise(self, frames: Sequence[AnnotatedFrame]) -> list[Appraisal]:
        """One appraisal per frame, in order. Blocks; any thread may call it.

        Raises:
            DeskClosed: the desk closed before, or dropped these frames.
        """
        wanted: list[_Wanted] = [(frame, Future()) for frame in frames]
        with self._door:
            if self._closed:
                raise DeskClosed("the desk is closed")
            for each in wanted:
                self._waiting.put(each)
        return [answer.result() for _, answer in wanted]

    def drop(self) -> None:
        """Whoever waits gets an error, the batch that is being made aside; the desk takes no more."""
        self._dropping = True
        self._shut()

    def close(self) -> None:
        """Finish what is waiting and stop."""
        self._shut()
        self._worker.join()

    def _shut(self) -> None:
        with self._door:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch, closing = self._fill(first)
            self._answer(batch)
            if closing:
                return

    def _fill(self, first: _Wanted) -> tuple[list[_Wanted], bool]:
        batch = [first]
        while len(batch) < self._batch:
            try:
                following = self._waiting.get(timeout=LINGER_SECONDS)
            except queue.Empty:
                break
            if following is None:
                return batch, True
            batch.append(following)
        return batch, False

    def _answer(self, batch: Sequence[_Wanted]) -> None:
        frames = [frame for frame, _ in batch]
        try:
            if self._dropping:
                raise DeskClosed("the batch was stopped")  # noqa: TRY301  # told to those who asked, as every error
            appraisals = self._appraiser.appraise(
                [frame.id for frame in frames],
                [self._read(frame.still) for frame in frames],
                [frame.annotation for frame in frames],
            )
        except Exception as error:  # noqa: BLE001  # whatever it is belongs to those who asked, not to this thread
            for _, answer in batch:
                answer.set_exception(error)
            return
        for (_, answer), appraisal in zip(batch, appraisals, strict=True):
            answer.set_result(appraisal)
