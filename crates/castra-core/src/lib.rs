//! The words of Castra and its pure decisions: run configs, labels, states, schedules, flow graphs. No I/O, no async, no clock reads.
