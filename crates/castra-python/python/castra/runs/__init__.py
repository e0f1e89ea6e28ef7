"""Runs of flows: what the engine is given, one attempt of a task, a run here and now, a run that an agent started."""

#: Whether this process runs a flow run that an agent started, so that what loggers say belongs to its logs.
is_tracked = False
