"""Interrupting Python code in another thread: ``KeyboardInterrupt`` is raised there once it runs Python code again. What waits
in the operating system, as ``time.sleep`` does, is not woken."""

from __future__ import annotations

import ctypes


def interrupt(ident: int) -> None:
    """Raises in the thread of this ident."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(KeyboardInterrupt))


def forget(ident: int) -> None:
    """Takes an interruption back that has not been raised yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), None)
