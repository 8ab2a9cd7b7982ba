"""Sweeps of local search, of which the best by validation is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from logicjsc.core.errors import NetlistError
from logicjsc.dataset.metrics import losses
from logicjsc.methods.finetune.search import CodedSamples, Rules, Search
from logicjsc.netlist import Netlist, evaluate


@dataclass(frozen=True)
class Sweep:
    """A netlist after a sweep over all tables.

    Attributes:
        number: sweeps done; 0 is the netlist as it was.
        entries: table entries that this sweep changed.
        training_loss: mean cross-entropy of the samples searched on, in nats.
        training_accuracy: on the same samples, 0 to 1.
        validation_loss: mean cross-entropy of the validation samples, in nats.
        validation_accuracy: on the same samples, 0 to 1; 0 of values.
    """

    number: int
    entries: int
    training_loss: float
    training_accuracy: float
    validation_loss: float
    validation_accuracy: float

    def validation_cost(self, error_weight: float) -> float:
        """What chooses between sweeps: loss and penalty of wrong classes, per validation sample."""
        return self.validation_loss + error_weight * (1 - self.validation_accuracy)


@dataclass(frozen=True)
class Finetuned:
    """What the search found.

    Attributes:
        netlist: of the sweep with the lowest validation cost.
        kept: that sweep's number.
        sweeps: all of them, from 0.
    """

    netlist: Netlist
    kept: int
    sweeps: tuple[Sweep, ...]


OnTable = Callable[[int, int, Sweep], None]
"""Called with tables done, tables of all sweeps, and the last sweep that is finished."""


def finetune(
    netlist: Netlist,
    training: CodedSamples,
    validation: CodedSamples,
    rules: Rules,
    *,
    sweeps: int,
    on_table: OnTable = lambda *_: None,
) -> Finetuned:
    """Improve the tables of a netlist until the validation cost stops falling or nothing changes.

    Args:
        netlist: a netlist with a decoder.
        training: samples that judge the changes.
        validation: samples that choose the sweep that is kept.
        rules: what is looked for.
        sweeps: the most sweeps over all tables.
        on_table: told how far things are.

    Raises:
        NetlistError: the netlist has no decoder.
    """
    search = Search(netlist, training, rules)
    done = [_measure(0, 0, netlist, training, validation)]
    best, kept = netlist, done[0]
    weight, each = rules.error_weight, len(search.tables())
    for number in range(1, sweeps + 1):

        def show(tables: int, number: int = number) -> None:
            on_table((number - 1) * each + tables, sweeps * each, done[-1])

        entries = search.sweep(show)
        if not entries:
            break
        done.append(_measure(number, entries, search.netlist, training, validation))
        if done[-1].validation_cost(weight) >= kept.validation_cost(weight):
            break
        best, kept = search.netlist, done[-1]
    return Finetuned(best, kept.number, tuple(done))


def _measure(
    number: int, entries: int, netlist: Netlist, training: CodedSamples, validation: CodedSamples
) -> Sweep:
    return Sweep(number, entries, *_score(netlist, training), *_score(netlist, validation))


def _score(netlist: Netlist, sample: CodedSamples) -> tuple[float, float]:
    if netlist.decoder is None:
        raise NetlistError(f"netlist {netlist.name!r} has no decoder, so it has no loss")
    scores = netlist.decoder.decode(evaluate(netlist, sample.codes))
    loss = float(losses(scores, sample.targets, sample.target).mean() / sample.variance)
    right = netlist.decoder.decide(scores) == sample.targets
    return loss, float(right.mean()) if sample.target.kind != "value" else 0.0
