"""What a user writes, as type checkers see it; a comment says which error is expected where."""

from datetime import datetime, timedelta

from castra import Flow, Nothing, Parameter  # E: attr-defined
from castra.engine.state import Failed, State
from castra.run_configs import KubernetesRun, LocalRun, RunConfig, UniversalRun
from castra.schedules import IntervalSchedule, Schedule, filters
from castra.schedules.clocks import ClockEvent, CronClock
from castra.storage import S3, Local

run_config: RunConfig = KubernetesRun(cpu_request=2, memory_request="2Gi", labels={"dev"})
by_position: RunConfig = UniversalRun({"SOME_VAR": "value"}, ["label-1"])
directory: str | None = LocalRun().working_dir
labels: set[str] = run_config.labels
KubernetesRun(cpu_requests=2)  # E: arg-type
KubernetesRun(image=5)  # E: arg-type
LocalRun("/path")  # E: call-arg, arg-type

schedule: Schedule = IntervalSchedule(interval=timedelta(hours=1))
starts: list[datetime] = schedule.next(3)
events: list[ClockEvent] = schedule.next(3, return_events=True)
Schedule([CronClock("@daily")], filters=[filters.is_weekday, filters.on_date(1, 1)])
Schedule([CronClock("@daily")], filters=["is_weekday"])  # E: list-item

storage = S3("bucket", key="etl.py", stored_as_script=True)
key: str | None = storage.key
S3(5)  # E: arg-type
Local(path="etl.py", kye="x")  # E: arg-type


def ended_badly(state: State) -> bool:
    return state.is_failed() and isinstance(state, Failed)


with Flow("etl", run_config=run_config, storage=storage) as flow:
    country = Parameter("country", default="DE")
