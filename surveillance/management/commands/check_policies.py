"""`manage.py check_policies`: hold the laws over all policies, and their own sentences."""
