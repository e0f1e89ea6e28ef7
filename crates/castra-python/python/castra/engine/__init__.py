"""What happens to a run: the states it goes through, and the results in them."""

from castra._lazy import TYPE_CHECKING, lazy

if not TYPE_CHECKING:
    __getattr__ = lazy(__name__, {})
