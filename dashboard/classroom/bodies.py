"""Bodies of requests, read no further than they may be long."""

from __future__ import annotations

import json

from starlette.requests import Request


class TooLongError(Exception):
    """A body goes on after the bytes that it may have."""


async def json_object(request: Request, most: int) -> dict[str, object]:
    """The JSON object of a request.

    Parameters
    ----------
    most : int
        Bytes that the body may have.

    Raises
    ------
    TooLongError
    ValueError
        If it is no JSON object.
    """
    received = bytearray()
    async for part in request.stream():
        received += part
        if len(received) > most:
            raise TooLongError
    try:
        found = json.loads(received)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
