"""What the pipeline costs over the bare recogniser, paired call by call in one run on the demo's recordings.

    python -m deploy.bench.pipeline [--calls N]

Both sides use the same model, threads and beam. Bare: each channel through faster-whisper's own
`WhisperModel.transcribe` with word times and its own voice activity filter, from the file on disk. Ours: the
whole way from arrival to findable, in this process, on the embedded default. Whoever goes first alternates.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).resolve().parents[1] / "demo" / "recordings"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=0, help="only the first N recordings")
    wanted = parser.parse_args().calls
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as home:
        os.environ.update(EARSHOT_HOME=home, DJANGO_SETTINGS_MODULE="surveillance.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _open_desks(Path(home))
        _compare(wanted)


def _open_desks(home: Path) -> None:
    """The demo's organisation: a call of an unknown desk would wait in quarantine."""
    from surveillance.access.scope import program
    from surveillance.management.organisation import found

    found(RECORDINGS.parent / "organisation.toml", scope=program("bench"), keep=home / "sign-ins.json")


def _compare(wanted: int) -> None:
    from surveillance.capture.sidecars import pairs
    from surveillance.transcription.services import engine

    recogniser = engine()
    bare = _bare_model()
    files = sorted(pairs([RECORDINGS]), key=lambda pair: pair.media.name)[: wanted or None]
    _bare(bare, files[0].media)  # one of each unmeasured: caches, lazy loads
    stages: dict[str, float] = defaultdict(float)
    times: list[tuple[float, float]] = []
    for at, pair in enumerate(files):
        if at % 2:
            ours, theirs = _ours(pair, stages), _bare(bare, pair.media)
        else:
            theirs, ours = _bare(bare, pair.media), _ours(pair, stages)
        times.append((ours, theirs))
        print(f"{pair.media.name:<40} ours {ours:6.2f} s   bare {theirs:6.2f} s   ratio {ours / theirs:.2f}")
    ours, theirs = (sum(side) for side in zip(*times, strict=True))
    print(f"\nrecogniser: {recogniser.identity}")
    print(
        f"pipeline / bare recogniser, {len(times)} calls: {ours / theirs:.3f} (median of pairs "
        f"{statistics.median(a / b for a, b in times):.3f})"
    )
    for stage, seconds in stages.items():
        print(f"  {stage:<14} {seconds:7.2f} s  {seconds / ours:6.1%}")
    share = (stages["detection"] + stages["indexing"]) / ours
    print(f"index + screen share of the pipeline: {share:.1%}")


def _bare_model() -> Any:
    """faster-whisper itself, with the weights and threads the installation uses."""
    from django.conf import settings
    from faster_whisper import WhisperModel

    from detectors.speech.weights import find_weights

    env = settings.EARSHOT
    weights = find_weights(env.speech_model, cache=env.cache / "weights")
    return WhisperModel(str(weights.path), device="cpu", compute_type="int8", cpu_threads=env.speech_threads)


def _bare(model: Any, path: Path) -> float:
    from faster_whisper.audio import decode_audio

    began = time.perf_counter()
    for channel in decode_audio(str(path), split_stereo=True):
        segments, _ = model.transcribe(channel, beam_size=5, word_timestamps=True, vad_filter=True)
        for _ in segments:
            pass
    return time.perf_counter() - began


def _ours(pair: Any, stages: dict[str, float]) -> float:
    from surveillance.access.scope import program
    from surveillance.capture.services import receive
    from surveillance.pipeline import ORDER, pass_through

    began = last = time.perf_counter()
    arrival = receive(
        scope=program("bench"),
        source=pair.source,
        path=pair.media,
        name=pair.media.name,
        sidecar=pair.sidecar,
    )
    assert arrival.recording is not None, arrival.reason
    stages["capture"] += time.perf_counter() - last
    for stage in ORDER:
        last = time.perf_counter()
        assert pass_through(arrival.recording, stage), stage.name
        stages[stage.name] += time.perf_counter() - last
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
