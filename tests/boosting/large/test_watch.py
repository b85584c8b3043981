"""Work on a cluster that goes away: told by stand-ins of a client and its scheduler."""

from __future__ import annotations

import asyncio

import pytest

from gridfold.boosting.large import watch
from gridfold.boosting.large.watch import ClusterLostError, watched


class Scheduler:
    """Has two workers at work, and tells of fewer and fewer of them."""

    def __init__(self, *workers_at_each_look):
        self.looks = iter(workers_at_each_look)
        self.last: set[str] = set()

    async def identity(self):
        found = next(self.looks, self.last)
        if found is None:
            raise OSError("no route to host")
        self.last = found
        return {"workers": dict.fromkeys(found)}

    async def processing(self):
        return {worker: ("task",) if worker != "idle" else () for worker in self.last}


class Client:
    def __init__(self, *workers_at_each_look):
        self.scheduler = Scheduler(*workers_at_each_look)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(watch, "_SECONDS", 0.01)


async def answer():
    await asyncio.sleep(0.05)
    return 7


async def forever():
    await asyncio.Event().wait()


async def failing():
    raise ValueError("no such column")


def test_work_that_ends_well_gives_its_answer():
    assert asyncio.run(watched(Client({"a", "b"}), answer)) == 7


def test_an_idle_worker_may_go():
    assert asyncio.run(watched(Client({"a", "idle"}, {"a"}), answer)) == 7


@pytest.mark.parametrize(
    ("looks", "lost"),
    [(({"a", "b"}, {"a"}), "the worker b"), (({"a"}, set()), "the worker a")],
)
def test_a_worker_that_was_at_work_is_missed(looks, lost):
    with pytest.raises(ClusterLostError, match=f"lost {lost} in mid-training. Nothing was fitted"):
        asyncio.run(watched(Client(*looks), forever))


def test_a_scheduler_that_does_not_answer_is_missed():
    with pytest.raises(ClusterLostError, match="lost its scheduler"):
        asyncio.run(watched(Client({"a"}, None), forever))


def test_what_fails_for_want_of_a_worker_is_told_as_that():
    async def soon():
        await asyncio.sleep(0.015)
        raise ValueError("broken pipe")

    with pytest.raises(ClusterLostError) as caught:
        asyncio.run(watched(Client({"a", "b"}, {"a", "b"}, {"a"}), soon))
    assert str(caught.value.__cause__) == "broken pipe"


def test_another_failure_is_told_as_it_is():
    with pytest.raises(ValueError, match="no such column"):
        asyncio.run(watched(Client({"a"}), failing))
