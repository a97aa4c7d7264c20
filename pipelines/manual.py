"""The README's table of settings, written from the settings themselves: names, defaults, and what each docstring says.

`python -m pipelines.manual README.md` writes it between its markers.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

from pipelines.settings import PREFIX, Settings

BEGIN, END = "<!-- settings -->", "<!-- end of settings -->"


def settings_table() -> str:
    """Every setting as a row of a Markdown table."""
    rows = [f"| `{name}` | `{default}` | {meaning} |" for name, default, meaning in documented_settings()]
    return "\n".join([BEGIN, "| setting | default | meaning |", "| --- | --- | --- |", *rows, END])


def documented_settings() -> Iterator[tuple[str, str, str]]:
    """(environment name, default, meaning) of every setting; the meaning is empty where no docstring tells it."""
    defaults = Settings.model_construct()
    for name, setting in Settings.model_fields.items():
        value = getattr(defaults, name)
        if is_dataclass(value):
            yield from _below(value, PREFIX + name.upper())
        else:
            yield PREFIX + name.upper(), str(value), setting.description or ""


def _below(params: object, prefix: str) -> Iterator[tuple[str, str, str]]:
    if not is_dataclass(params):
        return
    said = meanings(type(params))
    for each in fields(params):
        value, name = getattr(params, each.name), f"{prefix}__{each.name.upper()}"
        if is_dataclass(value):
            yield from _below(value, name)
        else:
            yield name, str(value), said.get(each.name, "")


def meanings(params: type) -> dict[str, str]:
    """What the docstring of a params class says of each field: the sentence behind `field:` or `field, field:`."""
    names = "|".join(re.escape(each.name) for each in fields(params))
    told = " ".join(inspect.cleandoc(params.__doc__ or "").split())
    found = list(re.finditer(rf"(?<![\w`.])((?:{names})(?:(?:, | and )(?:{names}))*): ", told))
    ends = [match.start() for match in found[1:]] + [len(told)] if found else []
    return {
        name: _one_sentence(told[match.end() : end])
        for match, end in zip(found, ends, strict=True)
        for name in re.split(r", | and ", match.group(1))
    }


def _one_sentence(text: str) -> str:
    sentence = re.split(r"(?<=[.;]) (?=[A-Z])", text.strip(), maxsplit=1)[0]
    return sentence.rstrip(".; ").replace("|", "or")


def main(readme: Path) -> None:
    """The table of the README is that of today."""
    text = readme.read_text("utf-8")
    before, rest = text.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    readme.write_text(before + settings_table() + after, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
