"""Whether a fit can be trusted: modes, checks and verdict, and what to do if it is not good yet."""
