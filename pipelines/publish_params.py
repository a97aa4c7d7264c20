"""What an operator may turn about publishing."""

from __future__ import annotations

import re
from dataclasses import dataclass

_URL = re.compile(r"(?:https?://[^\s?#]+)?/(?:[^\s?#]*/)?")


@dataclass(frozen=True, slots=True)
class PublishParams:
    """Settings of publishing.

    Attributes:
        artwork_url: what a rendition's id is put behind to fetch it, as answers say it; another host where a content
            network stands before the service.
        fallbacks: candidates that are tried, where nobody approved one, until every canvas has a picture.
        rank: numbers of a picture's vector; counts when the space of a model is fitted, at its first publish.
    """

    artwork_url: str = "/v1/artwork/"
    fallbacks: int = 3
    rank: int = 16

    def __post_init__(self) -> None:
        if not _URL.fullmatch(self.artwork_url):
            raise ValueError(f"artwork_url {self.artwork_url!r} is no address that ends in a slash")
        if self.fallbacks < 1 or not 1 <= self.rank <= 256:
            raise ValueError(f"fallbacks is at least 1, rank 1 to 256, not {self}")
