"""The decoder child: takes descriptors and bounds over a socket, decodes, answers in one JSON line.

It opens no file, has no input, no environment and no descriptor to spare, and is replaced after a fault.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import socket
import sys
from typing import Any

import av.error

# FFmpeg's wrapper loads these when it meets such a stream, and then no file may be opened any more.
import av.subtitles.stream
import av.video.stream

from detectors.audio.derivatives import WORKS, rate_for
from detectors.audio.faults import AudioUnreadable, Reason
from detectors.audio.listening import Listening
from detectors.audio.media import Limits

MESSAGE_BYTES = 65_536
DESCRIPTORS_A_JOB = 2  # the recording, and the file for the result


def main(channel_fd: int) -> None:
    """Serve jobs until the parent closes the channel."""
    channel = socket.socket(fileno=_confine(channel_fd))
    idle = _address_space()
    channel.sendall(b'{"ready": true}\n')
    while (job := _receive(channel)) is not None:
        request, source_fd, out_fd = job
        try:
            answer = _answer(request, source_fd, out_fd, idle)
        finally:
            os.close(source_fd)
            os.close(out_fd)
        channel.sendall(json.dumps(answer).encode() + b"\n")


def _confine(channel_fd: int) -> int:
    """No core dump of customers' speech, and no descriptor beyond the two that a job brings."""
    os.chdir("/")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    lowest = 3  # after the three standard ones, which lead nowhere
    if channel_fd != lowest:
        os.dup2(channel_fd, lowest)
        os.close(channel_fd)
    top = lowest + 1 + DESCRIPTORS_A_JOB
    resource.setrlimit(resource.RLIMIT_NOFILE, (top, top))
    return lowest


def _receive(channel: socket.socket) -> tuple[dict[str, Any], int, int] | None:
    message, descriptors, _flags, _address = socket.recv_fds(channel, MESSAGE_BYTES, DESCRIPTORS_A_JOB)
    while message and not message.endswith(b"\n"):
        message += channel.recv(MESSAGE_BYTES)
    if not message or len(descriptors) != DESCRIPTORS_A_JOB:
        return None
    return json.loads(message), descriptors[0], descriptors[1]


def _bound(limits: Limits, idle: int) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime)
    _soft(resource.RLIMIT_CPU, spent + 1 + limits.cpu_seconds)
    _soft(resource.RLIMIT_FSIZE, limits.output_bytes(limits.channels))
    if idle:
        _soft(resource.RLIMIT_AS, idle + limits.memory_bytes)


def _soft(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _address_space() -> int:
    """Bytes of address space in use, 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - pathlib would load more than it opens
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _answer(request: dict[str, Any], source_fd: int, out_fd: int, idle: int) -> dict[str, Any]:
    limits = Limits(**request["limits"])
    _bound(limits, idle)
    try:
        return _work(request, source_fd, out_fd, limits)
    except AudioUnreadable as fault:
        return {"unreadable": fault.reason.value, "detail": fault.detail}
    except MemoryError:
        return {"unreadable": Reason.TOO_BIG.value, "detail": "the decoder ran out of its memory"}
    except av.error.FFmpegError as fault:
        return {"unreadable": Reason.DAMAGED.value, "detail": str(fault.strerror)}
    except OSError as fault:
        if fault.errno == errno.EFBIG:
            return {"unreadable": Reason.TOO_BIG.value, "detail": "the result passes its bound"}
        return {"unavailable": os.strerror(fault.errno or 0)}


def _work(request: dict[str, Any], source_fd: int, out_fd: int, limits: Limits) -> dict[str, Any]:
    work = request["work"]
    with open(source_fd, "rb", buffering=0, closefd=False) as source:
        listening = Listening(source, limits, rate_for(work))
        try:
            result = WORKS[work](listening, out_fd, **request.get("options", {}))
            return {**result, "facts": listening.facts().to_json()}
        finally:
            listening.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
