"""Fetching a flow's file from where it is kept elsewhere, one module per storage: each has ``fetch(storage, place, folder)``, which gives the
path of the file in the folder."""
