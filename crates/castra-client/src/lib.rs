//! Typed client of the Castra API, used by agents, the command line and the SDK.
