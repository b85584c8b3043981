"""Random streams for dropout: one per model, whatever other models it is trained with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import Array, Place, to_numpy

_LEVELS = 1 << 16  # a mask is drawn from 16 random bits


class HostStreams:
    """Masks from NumPy's generators.

    Parameters
    ----------
    seeds : sequence of int, one per model
    dtype : the dtype of masks
    """

    def __init__(self, seeds: Sequence[int], dtype: Any) -> None:
        self.generators = [np.random.Generator(np.random.SFC64(int(seed))) for seed in seeds]
        self.dtype = dtype

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
        size = int(np.prod(shape))
        mask = np.empty((len(self.generators), *shape), dtype=self.dtype)
        for i, generator in enumerate(self.generators):
            # Raw words are four times as fast as the generator's own bytes.
            words = generator.bit_generator.random_raw(-(-size // 4))
            bits = words.view(np.uint16)[:size].reshape(shape)
            mask[i] = bits >= _threshold(rate[i])
        return mask

    def take(self, models: Sequence[int]) -> None:
        """Keep the streams of these models only."""
        self.generators = [self.generators[i] for i in models]

    def snapshot(self) -> list[Any]:
        """Return the states, to go on from with `restore`."""
        return [generator.bit_generator.state for generator in self.generators]

    def restore(self, states: Sequence[Any]) -> None:
        """Go on from a snapshot."""
        for generator, state in zip(self.generators, states, strict=True):
            generator.bit_generator.state = state


class CounterStreams:
    """Masks by hashing counters, in array terms: no generator.

    A unit's 16 bits are a hash (lowbias32 of C. Wellons' hash-prospector) of the model's seed, the
    number of masks drawn before, and the unit's position.

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
        self._here = place.put(self.seeds)
        # On the device, and changed there: a step that is replayed draws a new mask each time.
        self._n_drawn = place.put(np.zeros(1, dtype=np.int64))

    def keep(self, shape: tuple[int, ...], rate: Array) -> Array:
        """Draw which units are kept, as `HostStreams.keep` does; rates may be on the device."""
        xp = self.place.xp
        start = _hash32(self._here ^ _hash32(self._n_drawn))
        self._n_drawn += 1
        position = xp.arange(int(np.prod(shape)), dtype=xp.int64, device=self.place.device)
        levels = xp.round(self.place.put(rate) * _LEVELS)
        thresholds = xp.astype(levels, xp.int64)
        bits = _hash32(position[None, :] ^ start[:, None]) & (_LEVELS - 1)
        mask = xp.astype(bits >= thresholds[:, None], self.dtype)
        return xp.reshape(mask, (self._here.shape[0], *shape))

    def take(self, models: Sequence[int]) -> None:
        """Keep the streams of these models only."""
        self.seeds = self.seeds[np.asarray(models, dtype=np.int64)]
        self._here = self.place.put(self.seeds)

    def snapshot(self) -> Any:
        """Return the state, to go on from with `restore`."""
        return int(to_numpy(self._n_drawn)[0])

    def restore(self, state: Any) -> None:
        """Go on from a snapshot."""
        self._n_drawn[...] = int(state)


def streams_at(place: Place, seeds: Sequence[int], dtype: Any) -> HostStreams | CounterStreams:
    """Return random streams for models that are trained at `place`."""
    return HostStreams(seeds, dtype) if place.on_host else CounterStreams(seeds, place, dtype)


def part_seeds(seeds: Sequence[int], n_parts: int) -> list[list[int]]:
    """Return seeds for each part of the rows of a minibatch: those given for the first part."""
    return [
        [int(seed) if part == 0 else _mixed(int(seed), part) for seed in seeds]
        for part in range(n_parts)
    ]


def _mixed(seed: int, part: int) -> int:
    return int(np.random.SeedSequence([seed, part]).generate_state(1)[0])


def _threshold(rate: float) -> np.uint16:
    return np.uint16(min(max(round(float(rate) * _LEVELS), 0), _LEVELS - 1))


def _hash32(x: Array) -> Array:
    """Mix whole numbers below 2^32, held in int64, whose products wrap around."""
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    return x ^ (x >> 16)
