"""What a publish says of a title in one line: what is missing, where, in which language, and why."""

from __future__ import annotations

from artwork.domain import TitleStatus
from pipelines.publish_report import ArtworkReport, LeftOut


def test_a_canvas_that_is_left_out_in_one_language_only_is_told_with_it() -> None:
    """The German name is long: the same canvas has its picture under the title's own name."""
    left_out = (LeftOut("c1", "boxart", "de", "no room (0, limit 1)"), LeftOut("c2", "boxart", "", "no room (0, ...)"))
    line = str(ArtworkReport("hill", TitleStatus.OK, approved=2, left_out=left_out))
    assert "; left out: no room: boxart 1 of 2, boxart in de 1 of 2, " in line


def test_a_name_without_letters_is_told_once_and_nothing_empty_after_it() -> None:
    """The reason has told it; of the pictures nothing was left out."""
    left_out = (LeftOut("", "boxart", "ja", "no letter"), LeftOut("", "square", "ja", "no letter"))
    line = str(ArtworkReport("hill", TitleStatus.PARTIAL, "no letter", approved=2, left_out=left_out))
    assert line == "hill: partial (no letter): 2 approved, 0 renditions (0 composed), 0 kB, 0.0 s"
