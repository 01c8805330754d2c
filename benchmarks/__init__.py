"""Commands that print a ratio to a named baseline, measured in the same run. Start each as a module:
`python -m benchmarks.http`, `python -m benchmarks.scope`. They need the `bench` dependency group.
"""
