"""The figures of the report, a module for each kind; each function returns a Matplotlib figure."""
