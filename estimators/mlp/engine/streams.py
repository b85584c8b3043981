"""Random streams for dropout: one per model, whatever other models it is trained with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...arrays import Array, Place

_LEVELS = 1 << 16  # a mask is drawn from 16 random bits


class HostStreams:
    """Masks from NumPy's generators: one for each model, epoch, and mask of a step.

    Batches that are not full are the last of a model's epoch, so that it draws the same masks
    whatever batches the others have.

    Parameters
    ----------
    seeds : sequence of int, one per model
    dtype : the dtype of masks
    """

    def __init__(self, seeds: Sequence[int], dtype: Any) -> None:
        self.seeds = [int(seed) for seed in seeds]
        self.dtype = dtype
        self.epoch = 0
        self._generators: list[list[np.random.SFC64]] = []  # of each mask of a step
        self._n_drawn = 0

    def next_epoch(self) -> None:
        """Go on to the masks of the next epoch."""
        self.epoch += 1
        self._generators = []

    def next_step(self) -> None:
        """Go on to the masks of the next step."""
        self._n_drawn = 0

    def keep(self, shape: tuple[int, ...], rate: np.ndarray) -> np.ndarray:
        """Draw which units are kept: 1, or 0 with probability `rate` of the model.

        Parameters
        ----------
        shape : tuple of int
            Of one model's mask.
        rate : ndarray of shape (n_models,)

        Returns
        -------
        mask : ndarray of shape (n_models, *shape)
        """
        if self._n_drawn == len(self._generators):
            numbers = self.epoch, self._n_drawn
            self._generators.append([np.random.SFC64([seed, *numbers]) for seed in self.seeds])
        size = int(np.prod(shape))
        mask = np.empty((len(self.seeds), *shape), dtype=self.dtype)
        for i, generator in enumerate(self._generators[self._n_drawn]):
            # Raw words are four times as fast as the bytes of a Generator.
            words = generator.random_raw(-(-size // 4))
            bits = words.view(np.uint16)[:size].reshape(shape)
            mask[i] = bits >= _threshold(rate[i])
        self._n_drawn += 1
        return mask

    def take(self, models: Sequence[int]) -> None:
        """Keep the streams of these models only."""
        self.seeds = [self.seeds[i] for i in models]
        self._generators = [[drawn[i] for i in models] for drawn in self._generators]

    def snapshot(self) -> int:
        """Return what the next epochs follow from, to go on with `restore`."""
        return self.epoch

    def restore(self, state: int) -> None:
        """Go on from a snapshot."""
        self.epoch = int(state)
        self._generators = []


class CounterStreams:
    """Masks by hashing counters, in array terms: no generator.

    A unit's 16 bits are a hash (lowbias32 of C. Wellons' hash-prospector) of the model's seed, the
    epoch, the step, the number of the mask in it, and the unit's position.

    Parameters
    ----------
    seeds : sequence of int, one per model
    place : Place
        Where masks are made.
    dtype : the dtype of masks
    """

    def __init__(self, seeds: Sequence[int], place: Place, dtype: Any) -> None:
        self.seeds = np.asarray([int(seed) & 0xFFFFFFFF for seed in seeds], dtype=np.int64)
        self.place = place
        self.dtype = dtype
        self.epoch = 0
        self._n_drawn = 0
        # On the device, and changed there: a step that is replayed draws new masks each time.
        self._step = place.put(np.zeros(1, dtype=np.int64))
        self._start = place.put(self._starts())

    def _starts(self) -> np.ndarray:
        return _combined(self.seeds, self.epoch)

    def next_epoch(self) -> None:
        """Go on to the masks of the next epoch."""
        self.restore(self.epoch + 1)

    def next_step(self) -> None:
        """Go on to the masks of the next step."""
        self._step += 1
        self._n_drawn = 0

    def keep(self, shape: tuple[int, ...], rate: Array) -> Array:
        """Draw which units are kept, as `HostStreams.keep` does; rates may be on the device."""
        xp = self.place.xp
        start = _combined(_combined(self._start, self._step), self._n_drawn)
        self._n_drawn += 1
        position = xp.arange(int(np.prod(shape)), dtype=xp.int64, device=self.place.device)
        levels = xp.round(self.place.put(rate) * _LEVELS)
        thresholds = xp.astype(levels, xp.int64)
        bits = _hash32(position[None, :] ^ start[:, None]) & (_LEVELS - 1)
        mask = xp.astype(bits >= thresholds[:, None], self.dtype)
        return xp.reshape(mask, (len(self.seeds), *shape))

    def take(self, models: Sequence[int]) -> None:
        """Keep the streams of these models only."""
        self.seeds = self.seeds[np.asarray(models, dtype=np.int64)]
        self._start = self.place.put(self._starts())

    def snapshot(self) -> int:
        """Return what the next epochs follow from, to go on with `restore`."""
        return self.epoch

    def restore(self, state: int) -> None:
        """Go on from a snapshot."""
        self.epoch = int(state)
        self._step[...] = 0
        self._start[...] = self.place.put(self._starts())


def streams_at(place: Place, seeds: Sequence[int], dtype: Any) -> HostStreams | CounterStreams:
    """Return random streams for models that are trained at `place`."""
    return HostStreams(seeds, dtype) if place.on_host else CounterStreams(seeds, place, dtype)


def _threshold(rate: float) -> np.uint16:
    return np.uint16(min(max(round(float(rate) * _LEVELS), 0), _LEVELS - 1))


def _combined(x: Array, number: Any) -> Array:
    return _hash32((x * 0x9E3779B1 + number) & 0xFFFFFFFF)


def _hash32(x: Array) -> Array:
    """Mix whole numbers below 2^32, held in int64, whose products wrap around."""
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    return x ^ (x >> 16)
