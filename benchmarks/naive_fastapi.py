"""Baseline: FastAPI and the SQLAlchemy ORM on asyncpg as the tutorials have it, with nothing else on."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import BigInteger, DateTime, Identity, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks.naive_table import PAGE

# As many connections as the load has: the default of 5 and 10 more would open and close connections all the time.
engine = create_async_engine(os.environ["BENCH_DATABASE_URL"], pool_size=16, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Incident(Base):
    __tablename__ = "incident"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(24))
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    school: Mapped[str] = mapped_column(String(200))
    commune: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(60))
    severity: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    reported_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(UTC))


class IncidentIn(BaseModel):
    code: str = Field(max_length=24)
    occurred_at: datetime
    school: str = Field(max_length=200)
    commune: str = Field(max_length=200)
    category: str = Field(max_length=60)
    severity: str = Field(max_length=20)
    place: str = Field(max_length=200)
    summary: str
    description: str
    reported_by: str = Field(max_length=200)


class IncidentOut(IncidentIn):
    model_config = ConfigDict(from_attributes=True)

    id: int
    created_at: datetime


async def open_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(open_session)]


@app.post("/incidents", status_code=201, response_model=IncidentOut)
async def create_incident(body: IncidentIn, session: Session) -> Incident:
    incident = Incident(**body.model_dump())
    session.add(incident)
    await session.commit()
    return incident


@app.get("/incidents", response_model=list[IncidentOut])
async def list_incidents(session: Session) -> list[Incident]:
    return list(await session.scalars(select(Incident).order_by(Incident.id.desc()).limit(PAGE)))
