"""The desk where all titles bring their stills, so that the embedding model always sees full batches."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

from artwork.domain import Rgb, Vectors
from artwork.ports import Embedder

LINGER_SECONDS = 0.02
"""How long a batch that is not full waits for other titles' stills. Long against a queue hop, short against a batch."""

_Wanted = tuple[str, "Future[NDArray[np.float32]]"]


class EmbedDesk:
    """Embeds stills for several titles at once; one thread works at the model.

    Stills are read only when their batch is made, so waiting costs no memory.
    """

    def __init__(self, embedder: Embedder, read: Callable[[str], Rgb], batch: int) -> None:
        self.embedder = embedder
        self._read = read
        self._batch = batch
        self._waiting: queue.SimpleQueue[_Wanted | None] = queue.SimpleQueue()
        self._worker = threading.Thread(target=self._work, name="embed-desk", daemon=True)
        self._worker.start()

    def embed(self, stills: Sequence[str]) -> Vectors:
        """(len(stills), dimension), in the order asked for. Blocks; any thread may call it."""
        if not stills:
            return self.embedder.embed(())
        wanted: list[_Wanted] = [(still, Future()) for still in stills]
        for each in wanted:
            self._waiting.put(each)
        return np.stack([answer.result() for _, answer in wanted])

    def close(self) -> None:
        """Finish what is waiting and stop."""
        self._waiting.put(None)
        self._worker.join()

    def _work(self) -> None:
        closing = False
        while not closing:
            first = self._waiting.get()
            if first is None:
                return
            batch = [first]
            while len(batch) < self._batch:
                try:
                    following = self._waiting.get(timeout=LINGER_SECONDS)
                except queue.Empty:
                    break
                if following is None:
                    closing = True
                    break
                batch.append(following)
            self._answer(batch)

    def _answer(self, batch: Sequence[_Wanted]) -> None:
        try:
            vectors = self.embedder.embed([self._read(still) for still, _ in batch])
        except Exception as error:  # noqa: BLE001  # whatever it is belongs to those who asked, not to this thread
            for _, answer in batch:
                answer.set_exception(error)
            return
        for (_, answer), vector in zip(batch, vectors, strict=True):
            answer.set_result(vector)
