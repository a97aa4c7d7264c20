"""What the software says while it works: structured lines, or a progress bar per title on a terminal."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog


def set_up_logs(*, verbose: bool, stream: TextIO | None = None) -> None:
    """Send log lines to stderr: for people on a terminal, as JSON where a program reads."""
    out = stream or sys.stderr
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=True) if out.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
