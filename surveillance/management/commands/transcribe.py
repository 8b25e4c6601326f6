"""`manage.py transcribe FILE…`: the words of a sound file, without keeping anything."""

from __future__ import annotations

import json as json_format
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
