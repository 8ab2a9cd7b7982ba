"""How steps are divided and scheduled."""

from hypothesis import given
from hypothesis import strategies as st

from logicjsc.methods.gradient.engines.cuda.plan import schedule
from logicjsc.methods.gradient.engines.cuda.tables import _places


@given(
    members=st.integers(1, 40),
    steps=st.integers(1, 300),
    together=st.integers(1, 40),
    most=st.integers(1, 300),
)
def test_a_schedule_makes_every_step_of_every_member_once_and_in_order(
    members, steps, together, most
):
    done = [0] * members
    launches = schedule(members, steps, together, most)
    for tasks in launches:
        assert 1 <= len(tasks) <= together
        assert len({task.member for task in tasks}) == len(tasks)
        for task in tasks:
            assert task.begin == done[task.member]
            assert 1 <= task.steps <= most
            done[task.member] += task.steps
    assert done == [steps] * members


@given(members=st.integers(1, 200), together=st.integers(1, 60))
def test_members_that_take_turns_leave_little_idle(members, together):
    launches = schedule(members, 640, together, 1024)
    spent = sum(max(task.steps for task in tasks) for tasks in launches)
    assert spent <= 640 * max(members / together, 1.0) + 2 * 20


@st.composite
def layers(draw):
    """Sizes of blocks, and which earlier ones each reads."""
    sizes = draw(st.lists(st.integers(1, 9), min_size=2, max_size=9))
    reads = [[]] + [
        sorted({block - 1, *draw(st.sets(st.integers(0, block - 1), max_size=2))})
        for block in range(1, len(sizes))
    ]
    return reads, sizes


@given(layers())
def test_gradients_that_are_still_of_use_do_not_share_places(case):
    reads, sizes = case
    places = _places(reads, sizes)
    owner = {}
    for block in reversed(range(len(sizes))):
        # What this block's outputs are read by must be there as it was written.
        for reader in range(block + 1, len(sizes)):
            if block in reads[reader]:
                span = range(places[reader], places[reader] + sizes[reader])
                assert {owner[place] for place in span} == {reader}
        for place in range(places[block], places[block] + sizes[block]):
            owner[place] = block
            # The next samples arrive in those of block 0.
            assert (place < sizes[0]) == (block == 0)
