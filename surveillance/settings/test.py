"""Settings of the test run: the same code paths in a home of its own, and a cheaper password hash."""

import atexit
import os
import shutil
import tempfile
from dataclasses import replace

if "EARSHOT_HOME" not in os.environ:
    os.environ["EARSHOT_HOME"] = tempfile.mkdtemp(prefix="earshot-test-")
    atexit.register(shutil.rmtree, os.environ["EARSHOT_HOME"], ignore_errors=True)

# Most tests are about other things than reading: policies alone are quicker, here and in the processes that tests
# begin. The reader has tests of its own, and the demonstration runs with it.
os.environ.setdefault("EARSHOT_READER", "none")

from surveillance.settings.base import *  # noqa: F403
from surveillance.settings.base import EARSHOT as _INSTALLED

# The package of settings was read before the lines above could speak.
EARSHOT = replace(_INSTALLED, reader=os.environ["EARSHOT_READER"])

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
