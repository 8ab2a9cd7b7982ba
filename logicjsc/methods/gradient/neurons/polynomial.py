"""Polynomial neurons: every product of up to D sources gets a weight.

PolyLUT (Andronic and Constantinides, FPT 2023, arXiv:2309.02334): a polynomial fits into the same
table as a linear function of the same sources, and says more.
"""

from __future__ import annotations

from itertools import combinations_with_replacement

import torch
from torch import nn

from logicjsc.methods.gradient.neurons.connectivity import Array
from logicjsc.methods.gradient.neurons.grouped import GroupedLinear, gather_sources


def monomials(inputs: int, degree: int) -> list[tuple[int, ...]]:
    """The inputs that each product multiplies, for products of 1 to ``degree`` factors."""
    return [
        product
        for factors in range(1, degree + 1)
        for product in combinations_with_replacement(range(inputs), factors)
    ]


class PolynomialNeurons(nn.Module):
    """Weighted sums of all products of at most ``degree`` sources, the same one several times too.

    Attributes:
        connections: source of each input, int64 ``[neurons, fan_in]``.
        linear: weights of the products, ``[neurons, products, 1]``, and a bias.
    """

    connections: torch.Tensor

    def __init__(self, connections: Array, degree: int) -> None:
        super().__init__()
        neurons, fan_in = connections.shape
        self.degree = degree
        self.register_buffer("connections", torch.from_numpy(connections))
        products = monomials(fan_in, degree)
        # A product of n factors is one of n - 1 factors times its last one.
        number_of = {product: number for number, product in enumerate(products)}
        self._steps: list[tuple[str, str]] = []
        for factors in range(2, degree + 1):
            longer = [product for product in products if len(product) == factors]
            first = [number_of[product[:-1]] for product in longer]
            names = (f"_first_{factors}", f"_last_{factors}")
            for name, numbers in zip(names, (first, [p[-1] for p in longer]), strict=True):
                self.register_buffer(name, torch.tensor(numbers), persistent=False)
            self._steps.append(names)
        self.linear = GroupedLinear(neurons, len(products), 1)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values ``[samples, sources]`` to sums ``[samples, neurons]``."""
        inputs = gather_sources(values, self.connections)
        products = inputs
        for first, last in self._steps:
            longer = products.index_select(2, self.get_buffer(first))
            longer = longer * inputs.index_select(2, self.get_buffer(last))
            products = torch.cat([products, longer], dim=2)
        sums: torch.Tensor = self.linear(products)
        return sums.squeeze(2)
