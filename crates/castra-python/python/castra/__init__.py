"""Castra takes a workflow run to where it should run, and always knows what became of it."""

from castra._castra import __version__

__all__ = ["__version__"]
