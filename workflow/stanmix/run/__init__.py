"""What goes on around the jobs of a run: plans, frames of jobs, failures, and runs that were killed."""
