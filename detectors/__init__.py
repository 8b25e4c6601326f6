"""How to perceive: audio becomes words, words become findings that explain themselves."""
