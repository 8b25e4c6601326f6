"""Starts the real services Earshot grows into, without containers: Python's own library and nothing else.

It runs before any virtual environment exists, hence no third-party import here.
"""
