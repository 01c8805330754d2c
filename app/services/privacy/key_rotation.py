"""Key rotation: data keys are re-wrapped online, and unused wrapping keys are destroyed."""

from datetime import timedelta

from app.repositories.privacy.data_keys import DataKeyRepository
from app.services.platform.unit_of_work import UnitOfWork

BATCH = 500
REST = timedelta(hours=1)


async def rewrap_batch(work: UnitOfWork) -> int:
    """Re-wrap one batch of data keys with the current wrapping key and return the count."""
    vault = work.runtime.vault
    keys = await DataKeyRepository(work.session).wrapped_by(list(vault.former), BATCH)
    for key in keys:
        vault.rewrap(key)
    await work.flush()
    return len(keys)


async def destroy_unused(work: UnitOfWork, rest: timedelta = REST) -> None:
    """Destroy every unused wrapping key that was retired at least `rest` ago.

    A transaction from before the rotation may still add a data key under the former wrapping key.
    """
    used = await DataKeyRepository(work.session).wrappings()
    for former, retired_at in work.runtime.vault.former.items():
        if former not in used and retired_at + rest <= work.now:
            work.runtime.vault.destroy(former)


async def keep_wrapped(work: UnitOfWork) -> None:
    """One step of a rotation, for the worker; without a rotation it does nothing."""
    if work.runtime.vault.former and await rewrap_batch(work) == 0:
        await destroy_unused(work)
