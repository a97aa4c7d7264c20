"""The page's files: templates, scripts and styles of `assets/review`, read once when the page starts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

MEDIA_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Assets:
    """Scripts and styles by name, and a digest over all: an address with the digest never means other bytes."""

    contents: dict[str, bytes]
    digest: str

    @property
    def scripts(self) -> list[str]:
        """Names of the modules, to be fetched before they are asked for."""
        return sorted(name for name in self.contents if name.endswith(".js"))


@cache
def read_assets() -> Assets:
    """What the package ships for browsers."""
    folder = files("assets") / "review"
    names = sorted(one.name for one in folder.iterdir() if one.name.endswith(tuple(MEDIA_TYPES)))
    contents = {name: (folder / name).read_bytes() for name in names}
    whole = hashlib.sha256(b"".join(name.encode() + b"\0" + contents[name] for name in names))
    return Assets(contents, whole.hexdigest()[:16])


@cache
def environment() -> Environment:
    """Jinja over the templates: everything is escaped, and an unknown name is an error."""
    return Environment(
        loader=FunctionLoader(lambda name: (files("assets") / "review" / name).read_text("utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, /, **values: object) -> str:
    """The HTML of a template."""
    return environment().get_template(f"{template}.html.j2").render(assets=read_assets(), **values)
