"""What to look for: surveillance policies as data, and the laws they keep."""
