"""A link to a film or recording that is being watched goes on beyond its five minutes, and two hours at most."""

from datetime import UTC, datetime

from app.core.time import utc_now
from app.repositories.platform.watched_links import WatchedLinkRepository
from app.security.access.scope import Scope
from app.security.crypto.links import Link
from app.services.platform.unit_of_work import Runtime


class WatchedLinks:
    """Which links were used in time. Their holder is judged anew with each request, whatever stands here."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def is_open(self, link: Link) -> bool:
        now = utc_now().timestamp()
        if now < link.expires_at:
            return True
        return now < link.goes_on_until and await self._is_watched(link)

    async def use(self, link: Link) -> None:
        """Let the link go on from now, if its content is watched and not only fetched."""
        if link.goes_on_until == link.expires_at or await self._is_watched(link):
            return
        async with self._runtime.work(Scope()) as work:
            until = datetime.fromtimestamp(link.goes_on_until, UTC)
            await WatchedLinkRepository(work.session).put(link.id, until)
            await work.commit()

    async def _is_watched(self, link: Link) -> bool:
        async with self._runtime.work(Scope(), write=False) as work:
            return await WatchedLinkRepository(work.session).is_watched(link.id)
