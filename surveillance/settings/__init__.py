"""The settings of this installation: `base` read from the environment, ready to run on one machine."""

import os

# Words, sound and keys are for the user of Earshot alone, whatever the shell's own mask says.
os.umask(0o077)

from surveillance.settings.base import *  # noqa: E402, F403
