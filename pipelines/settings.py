"""Every knob of the software, in one model.

A value comes from the command's options, else from the environment (`ARTWORK_*`), else from a TOML file
(`ARTWORK_CONFIG`, by default `artwork.toml` in the working folder), else from the default beside its algorithm:
this file only composes the params of the rooms.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeGuard

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from artwork.annotate.cards import CardParams
from artwork.annotate.embed import EmbedParams
from artwork.annotate.faces import YuNetParams
from artwork.annotate.frame import AnnotationParams
from artwork.annotate.haar import HaarParams
from artwork.errors import SettingsError
from artwork.film.quick import QuickParams
from artwork.film.sampling import SamplingParams
from artwork.film.shots import ShotParams
from artwork.film.video import DecodeParams
from artwork.select.rules import RuleParams
from artwork.select.shortlist import ShortlistParams
from artwork.workshop import StageParams

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PREFIX = "ARTWORK_"


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
    yunet: YuNetParams = Field(default_factory=YuNetParams)
    haar: HaarParams = Field(default_factory=HaarParams)
    annotation: AnnotationParams = Field(default_factory=AnnotationParams)
    cards: CardParams = Field(default_factory=CardParams)
    embed: EmbedParams = Field(default_factory=EmbedParams)
    rules: RuleParams = Field(default_factory=RuleParams)
    shortlist: ShortlistParams = Field(default_factory=ShortlistParams)

    @property
    def stages(self) -> StageParams:
        """The params of the stages alone."""
        return StageParams(**{each.name: getattr(self, each.name) for each in fields(StageParams)})

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
    named = os.environ.get("ARTWORK_CONFIG")
    if named and not Path(named).is_file():
        raise SettingsError(f"ARTWORK_CONFIG names {named}, which is not a file")
    given = {name: value for name, value in options.items() if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + "__".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg']} (got {first.get('input')!r})") from error
    return settings


def _is_params(value: object) -> TypeGuard[DataclassInstance]:
    return is_dataclass(value) and not isinstance(value, type)


def leaves(params: DataclassInstance, prefix: str) -> Iterator[tuple[str, object]]:
    """(environment name, default) of every setting below a dataclass of params."""
    for each in fields(params):
        value = getattr(params, each.name)
        name = f"{prefix}__{each.name.upper()}"
        if _is_params(value):
            yield from leaves(value, name)
        else:
            yield name, value


def documented_settings() -> tuple[tuple[str, object, str], ...]:
    """(environment name, default, meaning) of every setting: the README's table."""
    defaults = Settings.model_construct()
    rows: list[tuple[str, object, str]] = []
    for name, setting in Settings.model_fields.items():
        value = getattr(defaults, name)
        if _is_params(value):
            rows += [(leaf, default, "") for leaf, default in leaves(value, PREFIX + name.upper())]
        else:
            rows.append((PREFIX + name.upper(), value, setting.description or ""))
    return tuple(rows)


def setting_rows(settings: Settings) -> list[dict[str, object]]:
    """One row per setting: its environment name, the value in this run, the default."""
    defaults = {name: default for name, default, _ in documented_settings()}
    rows: list[dict[str, object]] = []
    for name in Settings.model_fields:
        value, variable = getattr(settings, name), PREFIX + name.upper()
        values = dict(leaves(value, variable)) if _is_params(value) else {variable: value}
        rows += [{"setting": key, "value": str(each), "default": str(defaults[key])} for key, each in values.items()]
    return rows
