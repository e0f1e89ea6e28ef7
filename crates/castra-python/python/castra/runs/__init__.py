"""Runs of flows: what the engine is given, one attempt of a task, a run here and now, a run that an agent started."""
