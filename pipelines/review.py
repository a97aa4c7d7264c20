"""`artwork review`: the page for creative teams, served from this machine."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from pydantic import SecretStr

from artwork.annotate.embed import BUILTIN, Appraiser, EmbedParams
from artwork.compose.composition import Compositor
from artwork.compose.typefaces import Typefaces
from artwork.domain import Title
from artwork.engine import FACE_MODEL, ModelShelf
from artwork.errors import ModelError, SettingsError
from artwork.ports import WordEmbedder
from artwork.review.app import Equipment, create_app
from artwork.review.people import ReviewParams
from artwork.review.proofs import Announced
from artwork.review.serving import ReviewServer
from artwork.review.session import key_in
from artwork.store.blobs import Blobs
from artwork.store.catalog import Catalog
from pipelines.announcement import announcement
from pipelines.engine import open_shelf_of_models
from pipelines.film_desk import FilmReadingDesk
from pipelines.people import open_casting
from pipelines.press import ProcessPress
from pipelines.settings import Settings
from pipelines.store import open_blobs, open_catalog
from pipelines.withdrawal import Withdrawals, refresh_or_say

LOOPBACK = "127.0.0.1"


def run_review(settings: Settings, params: ReviewParams, port: int = 8010, host: str = LOOPBACK) -> None:
    """The page has been served until it was interrupted.

    Raises:
        SettingsError: the page would be open to a network without a login.
        StoreError: there is no catalogue.
    """
    if not _is_loopback(host) and not (params.oidc_issuer and params.public_url):
        raise SettingsError(
            f"the page does not listen on {host} without a login: set ARTWORK_REVIEW__OIDC_ISSUER and "
            "ARTWORK_REVIEW__PUBLIC_URL, or leave --host at 127.0.0.1"
        )
    with open_catalog(settings, create=False) as catalog:
        if not params.secret.get_secret_value():
            params = replace(params, secret=SecretStr(key_in(Path(settings.store)).hex()))
        blobs = open_blobs(settings)
        app = create_app(catalog, blobs, params, equip(settings, catalog, blobs))
        sys.stderr.write(f"artwork: the review page is at {params.public_url or f'http://localhost:{port}/'}\n")
        ReviewServer(app, host, port).run()


def equip(settings: Settings, catalog: Catalog, blobs: Blobs) -> Equipment:
    """What the page of these settings has: films, models, fonts, the cast, the press, and who is told of changes.

    Raises:
        SettingsError: the fonts folder holds no font.
        ModelError: the face network that is set cannot be opened.
    """
    models = open_shelf_of_models(settings)
    appraisers = open_appraisers(models)
    withdrawals = Withdrawals(Path(settings.store), catalog)
    refresh_or_say(withdrawals)
    typefaces = Typefaces.open(settings.compose.typefaces)
    return Equipment(
        film=FilmReadingDesk(settings.decode, blobs, models.weights.find(FACE_MODEL), appraisers),
        words=reading(appraisers),
        compositor=Compositor(typefaces, settings.compose),
        announce=lambda title: announced(title, typefaces),
        press=ProcessPress(settings),
        casting=open_casting(settings, blobs),
        after_change=lambda title: withdrawals.refresh((title,)),
    )


def announced(title: Title, typefaces: Typefaces) -> Announced:
    """The names and logos under which `artwork publish` would publish the title."""
    found = announcement(title, typefaces)
    return Announced(found.billings, {locale: str(problem) for locale, problem in found.problems.items()})


def open_appraisers(shelf: ModelShelf) -> list[Appraiser]:
    """What frames are appraised with: the model of the settings, and the built-in one, which made older vectors.

    A model that cannot be opened is said on stderr: nobody searches by words then, and instants get no vector.
    """
    built_in = ModelShelf(shelf.weights, EmbedParams()).appraiser()
    if shelf.embed.model in ("", BUILTIN):
        return [built_in]
    try:
        return [shelf.appraiser(), built_in]
    except ModelError as error:
        sys.stderr.write(f"artwork: no search by words: {error}\n")
        return [built_in]


def reading(appraisers: Sequence[Appraiser]) -> WordEmbedder | None:
    """The first of the embedders that reads words; None where there is none."""
    found = [one.embedder for one in appraisers if hasattr(one.embedder, "embed_words")]
    return cast("WordEmbedder", found[0]) if found else None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
