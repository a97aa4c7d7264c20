"""Laws are tested without a clock: on a busy machine an example may take longer than Hypothesis grants."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
