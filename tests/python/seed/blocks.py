"""The code blocks of a file."""

from pathlib import Path

SEPARATOR = "# %%\n"


def blocks_of(file) -> list[str]:
    """The blocks of a file in which each comes after a line `# %%`."""
    return Path(file).read_text().split(SEPARATOR)[1:]
