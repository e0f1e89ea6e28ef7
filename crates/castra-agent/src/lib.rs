//! Agents: claim runs, render them, launch them, watch them, finish them.
