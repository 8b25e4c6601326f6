"""The sentence encoder as an ONNX graph that reckons in eight bits: mpnet with the trained weights of its layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from detectors.intent.tokens import LONGEST, PAD, SIZE

HEADS: Final = 12
LAYERS: Final = 12
MIDDLE: Final = 8
# Places of tokens are counted from here on.
_FIRST_PLACE: Final = 2
_EPSILON: Final = 1e-5
# Whose operator multiplies in eight bits and scales the sums in one go.
_ONNXRUNTIME: Final = "com.microsoft"
# How much of an input that reaches far its weights take over (SmoothQuant, Xiao et al. 2023: alpha).
_TAKEN_OVER: Final = 0.75

Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]


def write(weights: Weights, reaches: Weights, path: Path) -> None:
    """Write the encoder: `ids` (batch × tokens, int64) → `vector` and `middle` (each batch × 768).

    Both are means over the tokens: after the last layer, which knows risks and has unlearned much else, and after
    the eighth, from which intents are told best. The shape of the network is that of MPNet (Song et al. 2020), as in
    transformers' MPNetModel.

    `reaches`: for a layer by name how low and how high each of its inputs goes (2 × inputs). By them the steps are
    fixed beforehand, so that no text is read otherwise for standing beside another. A few inputs reach so far that
    eight bits over all of them would leave the others no steps: there the weights take part of the reach over.
    """
    onnx.save(_Graph(weights, reaches).model(), path)


def distances(tokens: int) -> NDArray[np.int64]:
    """Tokens × tokens: which of 32 ranges of distance lies between two tokens (Raffel et al. 2020, 2.1)."""
    places = np.arange(tokens)
    away = places[:, None] - places[None, :]
    far = np.abs(away)
    log = 8 + (np.log(np.maximum(far, 1) / 8) / math.log(128 / 8) * 8).astype(np.int64)
    return np.asarray(np.where(away < 0, 16, 0) + np.where(far < 8, far, np.minimum(log, 15)), np.int64)


@dataclass(frozen=True, kw_only=True)
class _Coarse:
    """Inputs in steps of eight bits, how large a step is, and which of them is zero."""

    numbers: str
    step: str
    zero: str


class _Graph:
    """Nodes and weights, as they are laid down."""

    def __init__(self, weights: Weights, reaches: Weights) -> None:
        self._weights, self._reaches = weights, reaches
        self._nodes: list[onnx.NodeProto] = []
        self._given: list[onnx.TensorProto] = []
        self._named: set[str] = set()

    def model(self) -> onnx.ModelProto:
        mask, bias = self._masks()
        last = self._embedded()
        for layer in range(LAYERS):
            last = self._layer(f"encoder.layer.{layer}", last, bias)
            if layer + 1 == MIDDLE:
                self._mean(last, mask, "middle")
        self._mean(last, mask, "vector")
        graph = helper.make_graph(
            self._nodes,
            "mpnet",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "tokens"])],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", SIZE])
                for name in ("vector", "middle")
            ],
            self._given,
        )
        return helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(_ONNXRUNTIME, 1)],
            ir_version=8,
        )

    def _mean(self, given: str, mask: str, name: str) -> None:
        """The mean over the tokens of a text, as an output."""
        spread = self._op("Unsqueeze", mask, self._ints("last_axis", [2]))
        over = self._ints("over_tokens", [1])
        summed = self._op("ReduceSum", self._op("Mul", given, spread), over, keepdims=0)
        counted = self._op("ReduceSum", mask, over, keepdims=1)
        self._nodes.append(helper.make_node("Div", [summed, counted], [name]))

    def _masks(self) -> tuple[str, str]:
        """1 for a token and 0 for padding; and what is added to attention: by distance, and −10,000 for padding."""
        padding = self._op("Equal", "ids", self._array("pad", np.array(PAD, np.int64)))
        mask = self._op("Cast", self._op("Not", padding), to=TensorProto.FLOAT)
        away = self._op("Mul", self._op("Cast", padding, to=TensorProto.FLOAT), self._number("never", -1e4))
        by_distance = self._weights["encoder.relative_attention_bias.weight"][distances(LONGEST)]
        square = self._array("by_distance", np.ascontiguousarray(by_distance.transpose(2, 0, 1)[None]))
        for axis in (2, 3):
            square = self._op(
                "Slice", square, self._ints("zero", [0]), self._tokens(), self._ints(f"axis_{axis}", [axis])
            )
        return mask, self._op("Add", square, self._op("Unsqueeze", away, self._ints("two_axes", [1, 2])))

    def _tokens(self) -> str:
        """How many tokens the longest text has."""
        return self._op("Slice", self._op("Shape", "ids"), self._ints("one", [1]), self._ints("two", [2]))

    def _embedded(self) -> str:
        every = self._weights["embeddings.position_embeddings.weight"]
        places = self._op(
            "Slice",
            self._array("places", np.ascontiguousarray(every[_FIRST_PLACE : _FIRST_PLACE + LONGEST])),
            self._ints("zero", [0]),
            self._tokens(),
        )
        steps, size = _in_steps(self._weights["embeddings.word_embeddings.weight"])
        words = self._op(
            "Mul",
            self._op("Cast", self._op("Gather", self._array("words", steps), "ids"), to=TensorProto.FLOAT),
            self._op("Gather", self._array("words.size", size), "ids"),
        )
        return self._normed(self._op("Add", words, places), "embeddings.LayerNorm")

    def _layer(self, name: str, given: str, bias: str) -> str:
        attention = f"{name}.attention.attn"
        coarse = self._coarse(f"{attention}.q", given)
        query, key, value = (self._heads(f"{attention}.{part}", coarse, turned=part == "k") for part in "qkv")
        scores = self._op(
            "Mul", self._op("MatMul", query, key), self._number("scale", (SIZE / HEADS) ** -0.5)
        )
        share = self._op("Softmax", self._op("Add", scores, bias), axis=-1)
        mixed = self._op("Transpose", self._op("MatMul", share, value), perm=[0, 2, 1, 3])
        merged = self._coarse(
            f"{attention}.o", self._op("Reshape", mixed, self._ints("merged", [0, 0, SIZE]))
        )
        heard = self._normed(
            self._op("Add", self._linear(f"{attention}.o", merged), given), f"{name}.attention.LayerNorm"
        )
        wide = self._gelu(self._smoothed(f"{name}.intermediate.dense", heard))
        told = self._smoothed(f"{name}.output.dense", wide)
        return self._normed(self._op("Add", told, heard), f"{name}.output.LayerNorm")

    def _heads(self, name: str, coarse: _Coarse, *, turned: bool) -> str:
        apart = self._op(
            "Reshape", self._linear(name, coarse), self._ints("apart", [0, 0, HEADS, SIZE // HEADS])
        )
        return self._op("Transpose", apart, perm=[0, 2, 3, 1] if turned else [0, 2, 1, 3])

    def _smoothed(self, name: str, given: str) -> str:
        """A linear layer whose weights take part of its inputs' reach over."""
        weight, reach = self._weights[f"{name}.weight"], self._reaches[name]
        furthest = np.maximum(np.abs(reach).max(0), 1e-2)
        taken = furthest**_TAKEN_OVER / np.maximum(np.abs(weight).max(0), 1e-3) ** (1 - _TAKEN_OVER)
        even = self._op("Mul", given, self._array(f"{name}.even", (1 / taken).astype(np.float32)))
        return self._linear(name, self._coarse(name, even, reach / taken), weight * taken)

    def _coarse(self, name: str, given: str, reach: Floats | None = None) -> _Coarse:
        """The inputs of a layer in 256 steps from the lowest to the highest."""
        ends = self._reaches[name] if reach is None else reach
        low, high = min(0.0, float(ends.min())), max(0.0, float(ends.max()))
        size = (high - low) / 255
        zero = self._array(f"{name}.zero", np.array(round(-low / size), np.uint8))
        step = self._array(f"{name}.step", np.array(size, np.float32))
        return _Coarse(numbers=self._op("QuantizeLinear", given, step, zero), step=step, zero=zero)

    def _linear(self, name: str, given: _Coarse, weight: Floats | None = None) -> str:
        """Inputs and weights multiplied in eight bits, summed in 32, and a bias added."""
        steps, size = _in_steps(self._weights[f"{name}.weight"] if weight is None else weight)
        kept = self._array(f"{name}.steps", np.ascontiguousarray(steps.T))
        return self._op(
            "MatMulIntegerToFloat",
            given.numbers,
            kept,
            given.step,
            self._array(f"{name}.size", np.ascontiguousarray(size[:, 0])),
            given.zero,
            "",
            self._weight(f"{name}.bias"),
            domain=_ONNXRUNTIME,
        )

    def _gelu(self, given: str) -> str:
        halved = self._op("Erf", self._op("Div", given, self._number("root", math.sqrt(2))))
        grown = self._op("Add", halved, self._number("unit", 1.0))
        return self._op("Mul", self._op("Mul", given, grown), self._number("half", 0.5))

    def _normed(self, given: str, name: str) -> str:
        scale, shift = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self._op("LayerNormalization", given, scale, shift, axis=-1, epsilon=_EPSILON)

    def _op(self, kind: str, *given: str, **attributes: Any) -> str:
        made = f"n{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(given), [made], name=f"{kind}_{made}", **attributes))
        return made

    def _weight(self, name: str) -> str:
        return self._array(name, self._weights[name])

    def _number(self, name: str, value: float) -> str:
        return self._array(name, np.array(value, np.float32))

    def _ints(self, name: str, values: list[int]) -> str:
        return self._array(name, np.array(values, np.int64))

    def _array(self, name: str, values: NDArray[Any]) -> str:
        if name not in self._named:
            self._named.add(name)
            self._given.append(numpy_helper.from_array(values, name))
        return name


def _in_steps(values: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Rows of weights in steps of eight bits, and the size of each row's step."""
    size = np.abs(values).max(axis=1, keepdims=True) / 127 + 1e-12
    return np.round(values / size).astype(np.int8), size.astype(np.float32)
