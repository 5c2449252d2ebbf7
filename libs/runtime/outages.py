"""Errors of a database that is away or full: they pass, and no message or caller is to blame."""

import asyncpg

AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a session says that broke in the middle of a message
    asyncpg.exceptions.OperatorInterventionError,
    # A password is being changed, and the new one has not arrived here or there.
    asyncpg.exceptions.InvalidAuthorizationSpecificationError,
    TimeoutError,
    OSError,
)
FULL = (asyncpg.exceptions.InsufficientResourcesError,)
