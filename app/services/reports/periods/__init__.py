"""What is reported for which days: periods, their due days, and the chain of who reports to whom."""
