"""What happens to a run: the states it goes through, and the results in them."""
