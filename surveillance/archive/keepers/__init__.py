"""Keepers of the keys that wrap the keys of recordings: a folder, the environment, a key-management service."""
