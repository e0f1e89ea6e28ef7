"""What happens to a run: the states it goes through, and the results in them."""

from castra._lazy import lazy

__getattr__ = lazy(__name__, {})
