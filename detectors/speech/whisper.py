"""faster-whisper behind the protocol: voiced windows of all channels, encoded once, guarded, aligned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import mean
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens, merge_punctuations

from detectors.audio.media import SAMPLE_RATE, Audio
from detectors.speech import guard
from detectors.speech.engine import EngineIdentity, EngineSettings, Heard, Stretch
from detectors.speech.turns import interleave
from detectors.speech.weights import find_weights
from detectors.speech.windows import Window, pack
from search.transcript import Transcript, Word

DEFAULT_MODEL = "base"
BEAM = 5
BATCH = 8  # windows encoded together: the memory of one worker
NOT_THIS_LANGUAGE = -0.85  # average log-probability below which an English-only model heard another language
NO_SPEECH, NO_SENSE = 0.6, -1.0  # Whisper's own bounds: probably nobody spoke, and the text makes no sense
SURE = -0.5  # average log-probability at which even a text of nothing but hotwords is believed
# The encoder's view of 30 s costs most of the time. Short windows are shown 15 s first; a glance that is not
# clear is repeated in full. Over 150 real prompts this costs 0.2 points of word error rate and saves half the time.
FULL_VIEW, GLANCE = 3000, 1500  # frames of 10 ms
GLANCE_SECONDS = 13.0  # what still leaves the silence after it that the model expects
CLEAR = -0.15  # average log-probability
CERTAIN = 0.9  # share of the vote for a language
UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})  # scripts that put no space between words
PREPEND, APPEND = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    """What one decoding of one window gave. Tokens without times; log-probability is a mean over tokens."""

    tokens: list[int]
    text: str
    log_probability: float
    no_speech: float


NOTHING = _Attempt(tokens=[], text="", log_probability=0.0, no_speech=1.0)
_Activity = Mapping[int, Sequence[guard.Activity]]


@dataclass(kw_only=True)
class _Hearing:
    """One call to the recogniser, as it goes along."""

    hotwords: tuple[str, ...]
    language: str | None
    tokenizer: Any = None
    confidence: float = 1.0
    words: dict[int, list[Word]] = field(default_factory=dict)
    log_probabilities: list[float] = field(default_factory=list)

    def note(self, words: Iterable[Word], window: Window, attempt: _Attempt) -> None:
        self.words.setdefault(window.channel, []).extend(words)
        self.log_probabilities.append(attempt.log_probability)

    def said(self, channel: int) -> list[Word]:
        return sorted(self.words.get(channel, []), key=lambda word: word.start)


class Whisper:
    """Recognises with CTranslate2 in int8 on a processor, float16 on a GPU. Deterministic: no sampling."""

    def __init__(self, settings: EngineSettings) -> None:
        weights = find_weights(
            settings.model or DEFAULT_MODEL, cache=settings.cache, sha256=settings.model_sha256
        )
        compute = "int8" if settings.device == "cpu" else "float16"
        self._whisper = WhisperModel(
            str(weights.path),
            device=settings.device,
            compute_type=compute,
            cpu_threads=settings.threads,
            local_files_only=True,
        )
        self._identity = EngineIdentity(
            engine="whisper",
            model=weights.name,
            model_sha256=weights.sha256,
            settings={"beam": BEAM, "compute": compute, "voice_activity": "silero-6", "windows": 30},
        )

    @property
    def identity(self) -> EngineIdentity:
        return self._identity

    def transcribe(
        self, audio: Audio, *, hotwords: tuple[str, ...] = (), language: str | None = None
    ) -> Transcript:
        return self.hear(audio, hotwords=hotwords, language=language).transcript

    def hear(self, audio: Audio, *, hotwords: tuple[str, ...] = (), language: str | None = None) -> Heard:
        """Channels apart, interleaved into turns; words only where a voice is active."""
        hearing = _Hearing(hotwords=hotwords, language=language)
        channels = guard.distinct_channels(audio.samples)
        activity = {channel: guard.voice_activity(audio.samples[channel]) for channel in channels}
        length = audio.samples.shape[1]
        windows = [w for c, found in activity.items() for w in pack(found, channel=c, length=length)]
        self._recognise(audio, windows, hearing)
        self._listen_to_the_rest(audio, activity, hearing)
        return self._told(hearing, activity)

    def _listen_to_the_rest(self, audio: Audio, activity: _Activity, hearing: _Hearing) -> None:
        """Speech that left no word in a full window gets one more hearing by itself, unprimed."""
        rest = {
            channel: [found[nth] for nth in guard.unheard(hearing.said(channel), _seconds(found, channel))]
            for channel, found in activity.items()
        }
        length = audio.samples.shape[1]
        windows = [w for c, missed in rest.items() for w in pack(missed, channel=c, length=length)]
        self._recognise(audio, windows, replace(hearing, hotwords=()))

    def _recognise(self, audio: Audio, windows: Sequence[Window], hearing: _Hearing) -> None:
        """Short windows at a glance first, all others in full, in batches."""
        short = [window for window in windows if window.length / SAMPLE_RATE <= GLANCE_SECONDS]
        full = [window for window in windows if window.length / SAMPLE_RATE > GLANCE_SECONDS]
        for at in range(0, len(short), BATCH):
            full += self._hear_batch(audio, short[at : at + BATCH], hearing, GLANCE)
        for at in range(0, len(full), BATCH):
            self._hear_batch(audio, full[at : at + BATCH], hearing, FULL_VIEW)

    def _hear_batch(
        self, audio: Audio, windows: Sequence[Window], hearing: _Hearing, view: int
    ) -> list[Window]:
        """Encode, decode, align, and note the words where they were said.

        Returns the windows that a glance was not enough for; they have left no words.
        """
        features = [self._features(window.sound(audio.samples[window.channel])) for window in windows]
        encoded = self._whisper.encode(np.stack([pad_or_trim(feature, view) for feature in features]))
        if hearing.tokenizer is None and not self._settle_language(encoded, windows, hearing, view):
            return list(windows)
        attempts = self._decode(encoded, len(windows), hearing.tokenizer, hearing.hotwords)
        unsure = []
        for nth, window in enumerate(windows):
            doubtful = self._doubtful(attempts[nth], window, hearing.hotwords)
            if view < FULL_VIEW and (doubtful or attempts[nth].log_probability < CLEAR):
                attempts[nth] = NOTHING
                unsure.append(window)
            elif doubtful:
                attempts[nth] = self._again(features[nth], window, hearing)
        frames = [feature.shape[-1] for feature in features]
        tokens = [attempt.tokens for attempt in attempts]
        aligned = self._whisper.find_alignment(hearing.tokenizer, tokens, encoded, frames)
        for window, attempt, alignment in zip(windows, attempts, aligned, strict=True):
            if attempt.tokens:
                spaced = hearing.language not in UNSPACED
                hearing.note(_placed(alignment, window, spaced), window, attempt)
        return unsure

    def _features(self, sound: Any) -> Any:
        return self._whisper.feature_extractor(sound)[..., :-1]

    def _settle_language(self, encoded: Any, windows: Sequence[Window], hearing: _Hearing, view: int) -> bool:
        """The language given, or the one heard in the first batch, whose encoding is needed anyway.

        False where a glance leaves doubt which it is.
        """
        multilingual = self._whisper.model.is_multilingual
        language = hearing.language if multilingual else "en"
        if language is None:
            votes = self._whisper.model.detect_language(encoded)
            language, hearing.confidence = _loudest_vote(votes, windows)
            if view < FULL_VIEW and hearing.confidence < CERTAIN:
                return False
        hearing.language = language
        hearing.tokenizer = Tokenizer(
            self._whisper.hf_tokenizer, multilingual, task="transcribe", language=language
        )
        return True

    def _decode(
        self, encoded: Any, count: int, tokenizer: Any, hotwords: Sequence[str], **options: Any
    ) -> list[_Attempt]:
        prompt = self._whisper.get_prompt(
            tokenizer, [], without_timestamps=True, hotwords=", ".join(hotwords) or None
        )
        results = self._whisper.model.generate(
            encoded,
            [prompt] * count,
            beam_size=BEAM,
            max_length=self._whisper.max_length,
            suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
            return_scores=True,
            return_no_speech_prob=True,
            **options,
        )
        return [_attempt(result, tokenizer) for result in results]

    def _doubtful(self, attempt: _Attempt, window: Window, hotwords: Sequence[str]) -> bool:
        """Loops, more words than a mouth can say, nothing but primed words: not believed at once."""
        return (
            guard.repeats_itself(attempt.text)
            or guard.too_crowded(len(attempt.text.split()), window.voiced_seconds)
            or (guard.only_hotwords(attempt.text, hotwords) and attempt.log_probability < SURE)
        )

    def _again(self, features: Any, window: Window, hearing: _Hearing) -> _Attempt:
        """A second hearing, unprimed and barred from repeating itself. What is still doubtful is no text."""
        encoded = self._whisper.encode(pad_or_trim(features))
        attempt = self._decode(encoded, 1, hearing.tokenizer, (), no_repeat_ngram_size=4)[0]
        silent = attempt.no_speech > NO_SPEECH and attempt.log_probability < NO_SENSE
        if silent or self._doubtful(attempt, window, ()):
            return NOTHING
        return attempt

    def _told(self, hearing: _Hearing, activity: _Activity) -> Heard:
        words = {channel: hearing.said(channel) for channel in hearing.words}
        spoken = {channel: _seconds(found, channel) for channel, found in activity.items()}
        confidence = hearing.confidence
        if not self._whisper.model.is_multilingual and hearing.log_probabilities:
            confidence = 1.0 if mean(hearing.log_probabilities) >= NOT_THIS_LANGUAGE else 0.0
        return Heard(
            transcript=Transcript(turns=interleave(words), language=hearing.language or "en"),
            spoken=tuple(stretch for found in spoken.values() for stretch in found),
            unheard=tuple(
                found[nth]
                for channel, found in spoken.items()
                for nth in guard.unheard(words.get(channel, []), found)
            ),
            language_confidence=round(confidence, 3),
        )


def _seconds(activity: Sequence[guard.Activity], channel: int) -> list[Stretch]:
    return [
        Stretch(start=one.start / SAMPLE_RATE, end=one.end / SAMPLE_RATE, channel=channel) for one in activity
    ]


def _loudest_vote(votes: Sequence[Any], windows: Sequence[Window]) -> tuple[str, float]:
    """Each window votes by its probabilities and its seconds of voice: (language, share of votes)."""
    tally: dict[str, float] = {}
    for ballot, window in zip(votes, windows, strict=True):
        for token, probability in ballot:
            tally[token[2:-2]] = tally.get(token[2:-2], 0.0) + probability * window.voiced_seconds
    language = max(tally, key=lambda name: tally[name])
    return language, tally[language] / sum(window.voiced_seconds for window in windows)


def _attempt(result: Any, tokenizer: Any) -> _Attempt:
    tokens = [token for token in result.sequences_ids[0] if token < tokenizer.eot]
    length = len(result.sequences_ids[0])
    return _Attempt(
        tokens=tokens,
        text=tokenizer.decode(tokens).strip(),
        log_probability=result.scores[0] * length / (length + 1),
        no_speech=result.no_speech_prob,
    )


def _placed(alignment: list[dict[str, Any]], window: Window, spaced: bool) -> Iterator[Word]:
    """Aligned pieces as words in the recording's seconds; "3" "." "5" and "d" "'assurance" are one word each."""
    merge_punctuations(alignment, PREPEND, APPEND)
    groups: list[list[dict[str, Any]]] = []
    for piece in (one for one in alignment if one["word"]):
        if groups and spaced and not piece["word"].startswith(" "):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    for pieces in groups:
        text = "".join(piece["word"] for piece in pieces).strip()
        if any(char.isalnum() for char in text):
            start, end = window.place(float(pieces[0]["start"]), float(pieces[-1]["end"]))
            confidence = round(min(1.0, mean(float(piece["probability"]) for piece in pieces)), 3)
            yield Word(text=text, start=start, end=end, confidence=confidence, channel=window.channel)
