"""Wrapping data keys anew after a rotation, while serving; destroying a wrapping key that wraps nothing any more."""

from datetime import timedelta

from app.repositories.privacy.data_keys import DataKeyRepository
from app.services.platform.unit_of_work import UnitOfWork

BATCH = 500
REST = timedelta(hours=1)


async def rewrap_batch(work: UnitOfWork) -> int:
    """Wrap some data keys of former wrapping keys with the present one; how many."""
    vault = work.runtime.vault
    keys = await DataKeyRepository(work.session).wrapped_by(list(vault.former), BATCH)
    for key in keys:
        vault.rewrap(key)
    await work.flush()
    return len(keys)


async def destroy_unused(work: UnitOfWork, rest: timedelta = REST) -> None:
    """Destroy every wrapping key that no data key needs and that was retired so long ago.

    A transaction that began before the rotation may still bring a key of the former one.
    """
    used = await DataKeyRepository(work.session).wrappings()
    for former, retired_at in work.runtime.vault.former.items():
        if former not in used and retired_at + rest <= work.now:
            work.runtime.vault.destroy(former)


async def keep_wrapped(work: UnitOfWork) -> None:
    """One step of a rotation, as the worker takes it: nothing is done where there was none."""
    if work.runtime.vault.former and await rewrap_batch(work) == 0:
        await destroy_unused(work)
