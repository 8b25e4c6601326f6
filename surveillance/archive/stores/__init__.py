"""Stores that keep natives: a folder, or any S3 with Object Lock; one contract for both."""
