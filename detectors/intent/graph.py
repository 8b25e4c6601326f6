"""The sentence encoder as an ONNX graph: MiniLM with the trained weights of its layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

HEADS: Final = 12
LAYERS: Final = 6
SIZE: Final = 384
PAD: Final = 0
_EPSILON: Final = 1e-12

Weights = Mapping[str, NDArray[np.float32]]


def write(weights: Weights, path: Path) -> None:
    """Write the encoder: `ids` (batch × tokens, int64) → `vector` (batch × 384, mean over the tokens).

    The shape of the network is that of BERT (Devlin et al. 2019), as in transformers' BertModel.
    """
    onnx.save(_Graph(weights).model(), path)


class _Graph:
    """Nodes and weights, as they are laid down."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._given: list[onnx.TensorProto] = []

    def model(self) -> onnx.ModelProto:
        mask, bias = self._masks()
        last = self._embedded()
        for layer in range(LAYERS):
            last = self._layer(f"encoder.layer.{layer}", last, bias)
        spread = self._op("Unsqueeze", mask, self._ints("last_axis", [2]))
        summed = self._op(
            "ReduceSum", self._op("Mul", last, spread), self._ints("over_tokens", [1]), keepdims=0
        )
        counted = self._op("ReduceSum", mask, self._ints("over_tokens_too", [1]), keepdims=1)
        self._nodes.append(helper.make_node("Div", [summed, counted], ["vector"]))
        graph = helper.make_graph(
            self._nodes,
            "minilm",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "tokens"])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", SIZE])],
            self._given,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

    def _masks(self) -> tuple[str, str]:
        """1 for a token and 0 for padding; and 0 and −10,000, to be added to attention."""
        padding = self._op("Equal", "ids", self._array("pad", np.array(PAD, np.int64)))
        mask = self._op("Cast", self._op("Not", padding), to=TensorProto.FLOAT)
        away = self._op("Mul", self._op("Cast", padding, to=TensorProto.FLOAT), self._number("never", -1e4))
        return mask, self._op("Unsqueeze", away, self._ints("two_axes", [1, 2]))

    def _embedded(self) -> str:
        tokens = self._op("Slice", self._op("Shape", "ids"), self._ints("one", [1]), self._ints("two", [2]))
        places = self._op(
            "Slice", self._weight("embeddings.position_embeddings.weight"), self._ints("zero", [0]), tokens
        )
        words = self._op("Gather", self._weight("embeddings.word_embeddings.weight"), "ids")
        # Every token is of the first type: a passage and what was said before it are told apart by their seam.
        kind = self._array("type", self._weights["embeddings.token_type_embeddings.weight"][0])
        placed = self._op("Add", self._op("Add", words, places), kind)
        return self._normed(placed, "embeddings.LayerNorm")

    def _layer(self, name: str, given: str, bias: str) -> str:
        query, key, value = (
            self._heads(f"{name}.attention.self.{part}", given, part) for part in ("query", "key", "value")
        )
        scores = self._op(
            "Mul", self._op("MatMul", query, key), self._number("scale", (SIZE / HEADS) ** -0.5)
        )
        share = self._op("Softmax", self._op("Add", scores, bias), axis=-1)
        mixed = self._op("Transpose", self._op("MatMul", share, value), perm=[0, 2, 1, 3])
        merged = self._op("Reshape", mixed, self._ints("merged", [0, 0, SIZE]))
        told = self._op("Add", self._linear(f"{name}.attention.output.dense", merged), given)
        heard = self._normed(told, f"{name}.attention.output.LayerNorm")
        wide = self._gelu(self._linear(f"{name}.intermediate.dense", heard))
        return self._normed(
            self._op("Add", self._linear(f"{name}.output.dense", wide), heard), f"{name}.output.LayerNorm"
        )

    def _heads(self, name: str, given: str, part: str) -> str:
        apart = self._op(
            "Reshape", self._linear(name, given), self._ints("apart", [0, 0, HEADS, SIZE // HEADS])
        )
        return self._op("Transpose", apart, perm=[0, 2, 3, 1] if part == "key" else [0, 2, 1, 3])

    def _linear(self, name: str, given: str) -> str:
        weight = self._array(f"{name}.weight", np.ascontiguousarray(self._weights[f"{name}.weight"].T))
        return self._op("Add", self._op("MatMul", given, weight), self._weight(f"{name}.bias"))

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

    def _array(self, name: str, values: NDArray[np.float32] | NDArray[np.int64]) -> str:
        if all(given.name != name for given in self._given):
            self._given.append(numpy_helper.from_array(values, name))
        return name
