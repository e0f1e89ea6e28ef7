"""Names of files and of places in buckets, made of what people call their flows."""

from __future__ import annotations

import re
import unicodedata


def slug(text: str) -> str:
    """The text in small letters without accents, digits and single hyphens; ``flow`` if nothing is left of it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "flow"
