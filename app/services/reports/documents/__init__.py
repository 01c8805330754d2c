"""Documents of a submitted version, the clerk's register, and files."""
