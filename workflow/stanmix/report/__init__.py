"""The report: the facts of a run, its figures, and the HTML page that shows both."""
