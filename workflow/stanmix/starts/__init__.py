"""What happens before sampling: the search for modes, and where chains start."""
