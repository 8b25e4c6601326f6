"""Sets a fresh machine up: Python environment, front end, system packages. Python's own library only."""
