"""Tasks that a flow adds by itself: constants, collections of results, operators on results, functions."""
