"""Attempts that are made in another process than their flow's: in processes of this machine, or on a cluster."""
