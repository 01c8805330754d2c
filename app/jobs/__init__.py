"""What happens without a request: the worker, what it can do, and what it does by the clock."""
