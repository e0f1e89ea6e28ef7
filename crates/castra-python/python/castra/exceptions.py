"""Exceptions of Castra, under the names that Prefect 1 gives them."""

from castra._castra import CastraError


class PrefectSignal(BaseException):
    """What the engine reads as a state (``castra.engine.signals``); ``except Exception`` does not swallow it."""


#: The server cannot be reached, or refused a request.
ClientError = CastraError

__all__ = ["CastraError", "ClientError", "PrefectSignal"]
