"""A NeMo recogniser small enough to train in a test: two layers of Conformer that know two sentences by heart.

The sentences are the first ones of each party in a demo call, so nothing but the repository is needed.
"""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors import audio
from detectors.speech import guard
from detectors.speech.windows import pack

CALL = (
    Path(__file__).resolve().parents[3] / "deploy" / "demo" / "recordings" / "mobile" / "energy-own-phone.wav"
)
SENTENCES = ("priya before you go on is this your work cell", "it is yes everything on here gets taped")
ALPHABET = [" ", *"abcdefghijklmnopqrstuvwxyz", "'"]
STEPS, LEARNT = (
    400,
    0.005,
)  # at most so many, and the loss at which both are known by heart, wherever they lie
OPENING = 6.0  # seconds of the call that hold just these two sentences


def utterances() -> list[npt.NDArray[np.float32]]:
    """The two sentences at 16 kHz, as the engine will be shown them."""
    call = audio.decode(CALL)
    return [_first_sentence(call.samples[channel]) for channel in (1, 0)]


def _first_sentence(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """From the first voice to the first silence of half a second, with a little of the line around it."""
    found = guard.voice_activity(samples)
    first = [found[0]]
    for stretch in found[1:]:
        if stretch.start - first[-1].end > 8000:
            break
        first.append(stretch)
    return pack(first, channel=0, length=len(samples))[0].sound(samples)


def opening(path: Path) -> Path:
    """The opening of the call as a two-channel WAV of its own: right says the first sentence, left the second."""
    samples = audio.decode(CALL).samples[:, : int(OPENING * audio.SAMPLE_RATE)]
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(audio.SAMPLE_RATE)
        out.writeframes((samples.T * 32767).astype("<i2").tobytes())
    return path


def train(folder: Path) -> Path:
    """Train the model (some ten seconds on one core), save it as `tiny.nemo` in the folder, and say where."""
    import torch
    from nemo.utils import logging

    logging.setLevel(logging.ERROR)
    torch.manual_seed(1)
    torch.set_num_threads(1)
    model = _untrained()
    _learn_by_heart(model, utterances())
    folder.mkdir(parents=True, exist_ok=True)
    model.save_to(str(folder / "tiny.nemo"))
    return folder / "tiny.nemo"


def _learn_by_heart(model: Any, signals: list[npt.NDArray[np.float32]]) -> None:
    import torch
    from torch.nn.utils import clip_grad_norm_, rnn

    texts = [torch.tensor([ALPHABET.index(letter) for letter in sentence]) for sentence in SENTENCES]
    targets, target_lengths = rnn.pad_sequence(texts, batch_first=True), torch.tensor([len(t) for t in texts])
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    chance = np.random.default_rng(1)
    model.train()
    recent = 100.0
    for step in range(STEPS):
        margins = chance.integers(0, 2400, 2) * (step % 2)  # as they are and, in turn, somewhere near
        shifted = [torch.from_numpy(np.pad(signal, margins, "reflect")) for signal in signals]
        log_probs, lengths, _ = model.forward(
            input_signal=rnn.pad_sequence(shifted, batch_first=True),
            input_signal_length=torch.tensor([len(signal) for signal in shifted]),
        )
        loss = model.loss(
            log_probs=log_probs, targets=targets, input_lengths=lengths, target_lengths=target_lengths
        )
        optimiser.zero_grad()
        loss.backward()
        clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        recent = 0.9 * recent + 0.1 * float(loss.detach())
        if recent < LEARNT:
            break
    model.eval()


def _untrained() -> Any:
    from nemo.collections.asr.models import EncDecCTCModel
    from omegaconf import OmegaConf

    asr = "nemo.collections.asr.modules."
    return EncDecCTCModel(
        cfg=OmegaConf.create(
            {
                "sample_rate": 16000,
                "labels": ALPHABET,
                "preprocessor": {
                    "_target_": asr + "AudioToMelSpectrogramPreprocessor",
                    "sample_rate": 16000,
                    "features": 40,
                    "window_size": 0.025,
                    "window_stride": 0.01,
                    "window": "hann",
                    "n_fft": 512,
                    "normalize": "per_feature",
                    "dither": 0.0,
                    "pad_to": 0,
                },
                "encoder": {
                    "_target_": asr + "ConformerEncoder",
                    "feat_in": 40,
                    "feat_out": -1,
                    "n_layers": 2,
                    "d_model": 64,
                    "subsampling": "striding",
                    "subsampling_factor": 4,
                    "subsampling_conv_channels": 32,
                    "ff_expansion_factor": 2,
                    "self_attention_model": "rel_pos",
                    "n_heads": 4,
                    "conv_kernel_size": 9,
                    "conv_norm_type": "layer_norm",  # batches of two teach batch norm nothing of use
                    "dropout": 0.0,
                    "dropout_pre_encoder": 0.0,
                    "dropout_emb": 0.0,
                    "dropout_att": 0.0,
                },
                "decoder": {
                    "_target_": asr + "ConvASRDecoder",
                    "feat_in": 64,
                    "num_classes": len(ALPHABET),
                    "vocabulary": ALPHABET,
                },
                "optim": {"name": "adamw", "lr": 0.001},
            }
        )
    )
