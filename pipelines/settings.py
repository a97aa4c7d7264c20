"""Every knob of the software, in one model.

A value comes from the command's options, else from the environment (`ARTWORK_*`), else from a TOML file
(`ARTWORK_CONFIG`, by default `artwork.toml` in the working folder), else from the default beside its algorithm:
this file only composes the params of the rooms.
"""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as UnreadableSettings,
)

from artwork.annotate.cast import CastParams
from artwork.annotate.embed import EmbedParams
from artwork.compose.composition import ComposeParams
from artwork.errors import SettingsError
from artwork.film.quick import QuickParams
from artwork.film.sampling import SamplingParams
from artwork.film.shots import ShotParams
from artwork.film.video import DecodeParams
from artwork.review.people import ReviewParams
from artwork.select.rules import RuleParams
from artwork.select.shortlist import ShortlistParams
from artwork.workshop import StageParams
from pipelines.publish_params import PublishParams
from pipelines.tidy_params import TidyParams
from ranking.learn.params import LearningParams
from ranking.serve.params import ServeParams
from ranking.taste.params import TasteParams

PREFIX = "ARTWORK_"
_SECRET_WORDS = ("password", "secret", "token", "key")
_LISTED = ": `artwork settings` lists every setting"


class Settings(BaseSettings):
    """Where things are kept, how much the machine may do, and the params of every stage."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    store: str = Field("artwork-store", description="folder of the catalogue and the pictures")
    catalog_url: str = Field("", description="database URL; empty: SQLite in the store")
    blobs_url: str = Field("", description="fsspec URL of the pictures; empty: a folder in the store")
    models: Path = Field(Path("artwork-models"), description="folder where model files are looked up first")
    models_download: bool = Field(default=False, description="fetch a missing model file from its source")
    engine: Literal["local", "ray"] = Field("local", description="where batches run")
    ray_address: str = Field("", description="address of a Ray cluster; empty: one on this machine")
    workers: int = Field(0, ge=0, description="titles worked on at once; 0: one per processor")
    title_seconds: float = Field(14_400.0, gt=0, description="longest a stage may work on one title")
    title_memory_mb: int = Field(2_048, gt=0, description="most memory a title's decoder may hold")
    scan: Literal["full", "quick"] = Field("full", description="decode every frame, or key frames and what changed")
    decode: DecodeParams = Field(default_factory=DecodeParams)
    shots: ShotParams = Field(default_factory=ShotParams)
    sampling: SamplingParams = Field(default_factory=SamplingParams)
    quick: QuickParams = Field(default_factory=QuickParams)
    embed: EmbedParams = Field(default_factory=EmbedParams)
    rules: RuleParams = Field(default_factory=RuleParams)
    shortlist: ShortlistParams = Field(default_factory=ShortlistParams)
    compose: ComposeParams = Field(default_factory=ComposeParams)
    publish: PublishParams = Field(default_factory=PublishParams)
    review: ReviewParams = Field(default_factory=ReviewParams)
    cast: CastParams = Field(default_factory=CastParams)
    serve: ServeParams = Field(default_factory=ServeParams)
    train: LearningParams = Field(default_factory=LearningParams)
    taste: TasteParams = Field(default_factory=TasteParams)
    tidy: TidyParams = Field(default_factory=TidyParams)

    @property
    def stages(self) -> StageParams:
        """The params of the stages: those an operator has reason to turn from here, the others as measured."""
        return StageParams(
            scan=self.scan,
            decode=self.decode,
            shots=self.shots,
            sampling=self.sampling,
            quick=self.quick,
            embed=self.embed,
            rules=self.rules,
            shortlist=self.shortlist,
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options over environment over file; no dotenv, no secret folder."""
        del dotenv_settings, file_secret_settings
        file = Path(os.environ.get("ARTWORK_CONFIG", "artwork.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)


def load_settings(**options: object) -> Settings:
    """The settings of this run; options that are None were not given.

    Raises:
        SettingsError: a value cannot be used, or a key is not a setting.
    """
    file = os.environ.get("ARTWORK_CONFIG", "artwork.toml")
    if "ARTWORK_CONFIG" in os.environ and not Path(file).is_file():
        raise SettingsError(f"ARTWORK_CONFIG names {file!r}, which is not a file")
    _refuse_slips()
    given = {name: value for name, value in options.items() if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + "__".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {_plainly(first['msg'])}{_given(name, first.get('input'))}{_LISTED}") from error
    except UnreadableSettings as error:
        raise SettingsError(
            f"{error}: a group of settings is JSON, or give each of its settings alone{_LISTED}"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not TOML: {error}") from error
    except OSError as error:
        raise SettingsError(f"cannot read the settings in {file}: {error.strerror or error}") from error
    for name, value in leaves(settings):
        if isinstance(value, float) and not math.isfinite(value):
            raise SettingsError(f"{name}: {value} is no number to work with{_LISTED}")
    return settings


def _given(name: str, value: object) -> str:
    """What was given, where that is one value: a whole group may have a password in it."""
    plain = isinstance(value, str | int | float | bool | list)
    return f" (got {value!r})" if plain and _shown(name, value) == str(value) else ""


def _plainly(said: str) -> str:
    known = {"Extra inputs are not permitted": "no such setting", "Unexpected keyword argument": "no such setting"}
    return known.get(said, said.removeprefix("Value error, "))


def _refuse_slips() -> None:
    """No variable is a slip of a setting's name: one that is silently left aside is worse than none.

    Others of the family are nobody's business: a cluster names its services so (ARTWORK_PORT).
    """
    names = {name.upper() for name in Settings.model_fields}
    for variable in sorted(map(str.upper, os.environ)):
        group = variable.removeprefix(PREFIX).partition("__")[0]
        if variable.startswith(PREFIX) and group not in names and (close := get_close_matches(group, names, 1, 0.8)):
            raise SettingsError(f"{variable}: no such setting: did you mean {PREFIX}{close[0]}?")


def setting_rows(settings: Settings) -> list[dict[str, object]]:
    """One row per setting: its environment name, the value in this run, the default."""
    defaults = dict(leaves(Settings.model_construct()))
    return [
        {"setting": name, "value": _shown(name, value), "default": str(defaults[name])}
        for name, value in leaves(settings)
    ]


def _shown(name: str, value: object) -> str:
    """A value as it may be printed: of a secret, or a URL with one in it, only whether it is set."""
    hidden = name.endswith("SECRET") or (isinstance(value, str) and _has_password(value))
    return "(set)" if hidden and value else str(value)


def _has_password(value: str) -> bool:
    """Whether this is a URL that lets somebody in: postgresql://user:password@host, or ...?password=..."""
    if "://" not in value:
        return False
    place, _, asked = value.partition("?")
    user = place.partition("://")[2].partition("/")[0].rpartition("@")[0]
    return ":" in user or any(word in asked.lower() for word in _SECRET_WORDS)


def leaves(settings: Settings) -> Iterator[tuple[str, object]]:
    """(environment name, value) of every setting."""
    for name in Settings.model_fields:
        yield from _leaves(getattr(settings, name), PREFIX + name.upper())


def _leaves(value: object, name: str) -> Iterator[tuple[str, object]]:
    if not is_dataclass(value):
        yield name, value
        return
    for each in fields(value):
        yield from _leaves(getattr(value, each.name), f"{name}__{each.name.upper()}")
