"""What is handed in through a door, on its way to disk: no further than a recording may be long."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class BoundedUpload(TemporaryFileUploadHandler):
    """Every file goes to disk, and past the bound no further: `receive` then finds it too big and says so.

    In force for every door (`FILE_UPLOAD_HANDLERS`), before anyone has looked at who is asking.
    """

    taken = 0  # bytes of the file at hand

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.taken = 0
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.taken += len(raw_data)
        if self.taken <= settings.EARSHOT.max_media_bytes + self.chunk_size:
            super().receive_data_chunk(raw_data, start)
        return None
