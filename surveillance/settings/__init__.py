"""The settings of this installation: `base` read from the environment, ready to run on one machine."""

from surveillance.settings.base import *  # noqa: F403
