"""What the tests stand on: child processes, the server, the two agents, and flow runs."""
