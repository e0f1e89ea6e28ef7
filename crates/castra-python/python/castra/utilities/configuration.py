"""Settings for a while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from castra.configuration import Config, config
from castra.utilities.collections import merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@contextmanager
def set_temporary_config(temp_config: Mapping[str, Any]) -> Iterator[Config]:
    """Other settings within the block: ``{"section.key": value}``."""
    before = dict(config)
    settings = config
    for name, value in temp_config.items():
        *sections, key = name.split(".")
        over: dict[str, Any] = {key: value}
        for section in reversed(sections):
            over = {section: over}
        settings = merged(settings, over)
    config.update(settings)
    try:
        yield config
    finally:
        config.clear()
        config.update(before)
