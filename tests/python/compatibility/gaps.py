"""What tests of Prefect 1 that do not pass are about: each kind of difference has a name and a sentence on why it is there."""

import re

#: The name of a gap, what it means for those who have such flows, and what its tests are called or say.
GAPS = (
    (
        "own words",
        "Castra says the same in words of its own: an error with another text, or another message of a state.",
        r"Regex pattern did not match|did not succeed\.' == 'No upstream|is no list\.' == 'At least one|reference\.\.\.ks succeeded"
        r"|did not succeed\.\n|does_not_return_a_new_state|no_successful_upstreams|Warning is logged|within a `Flow` context|test_function_task_docstring|`flatten` was used on upstream",
    ),
    (
        "runners",
        "The engine is written in Rust: there are no `FlowRunner` and `TaskRunner` to subclass or to call.",
        r"flow_runner|FlowRunner|task_runner|return_tasks|test_bad_flow_runner",
    ),
    (
        "marshmallow schemas",
        "`castra.serialization` does not exist: flows, states and schedules are written and read by Rust (`serialize()`, `State.deserialize`).",
        r"serialization|ClockSchema|StateSchema",
    ),
    ("Prefect's client", "The test puts something in the place of Prefect's own client or agent.", r"cannot reach the Castra server|prefect\.agent"),
    (
        "internals",
        "The test looks into attributes that Prefect keeps for itself: caches, trackers, modules' globals, sizes of objects.",
        r"_cache'|_unused_task_tracker|test_warning_raised_if_tasks_are_created_but_not_added_to_flow|USER_CONFIG|__sizeof__"
        r"|process_task_defaults|utilities\.context' from|Context\(\) takes no arguments|test_context_raises_informative_error_if_pickled"
        r"|terminal_state_handler_check|children_method_on_base_state|test_task_signature_generation|is DateTime|executor_failure"
        r"|test_create_parameter_uses_prefect_result|test_serialize_edge|test_serialization:|MagicMock",
    ),
    (
        "cycles are refused at once",
        "An edge that closes a circle is refused when it is written, whatever `eager_edge_validation` says, and not when the flow is validated.",
        r"eager_|would wait for itself|test_validate_edges",
    ),
    (
        "arguments are looked at at once",
        "A task is not given an argument that its `run` does not have, nor a parameter that the flow does not have, when that is written.",
        r"got an unexpected keyword argument 'x'|irrelevant_user_provided|y, z",
    ),
    (
        "storages and results",
        "`save` has names of its own, a result is not told of its task's target, and settings name no default storage. Building it twice is "
        "no mistake.",
        r"storage_if_build|serialize_can_be_called_twice|fails_with_no_storage|storage_build|modified_flow_storage"
        r"|test_save_saves|sluggified|registry_url|default_storage|sets_result_target",
    ),
    (
        "defaults of arguments without one",
        "`Task.inputs()` has no `default` for an argument that has none; Prefect says `None` there.",
        r"test_inputs",
    ),
    ("clocks of one's own", "A clock is one of those that the server knows.", r'clocks of type "Clock"'),
    (
        "hours that come twice",
        "Of an hour that comes twice when clocks are set back, a cron clock takes the first.",
        r"test_cron_clock_hourly_daylight_savings_time_backward",
    ),
    (
        "pauses that end the run",
        "`flow.run()` gives a Running state when only paused tasks are left, in place of waiting for years.",
        r"paused_states_hangs",
    ),
    (
        "interruptions",
        "A timeout interrupts a task with `KeyboardInterrupt`: there is no `TaskTimeoutSignal`.",
        r"test_timeout_actually_stops",
    ),
    (
        "results of states",
        "`load_result` and pickling of a state leave its result as it is: no copies, no texts in place of what cannot be pickled.",
        r"MyResult|unpicklable_exception|cached_state",
    ),
)


def gap_of(failure: str) -> str | None:
    """The name of the gap that a failure belongs to."""
    return next((name for name, _, pattern in GAPS if re.search(pattern, failure)), None)


def meaning_of(gap: str) -> str:
    """What a gap means."""
    return next(meaning for name, meaning, _ in GAPS if name == gap)
