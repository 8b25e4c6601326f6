"""The demo: its organisation, its recorders, and the calls they recorded."""
