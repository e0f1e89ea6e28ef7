"""Helpers for writing flows."""
