"""Tasks that come with Castra."""
