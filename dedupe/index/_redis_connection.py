"""The connection of an index to its Redis server: keys, scripts, and errors without passwords."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dedupe._places import shown
from dedupe.errors import InputError, MissingExtraError
from dedupe.index._redis_values import escape_pattern, script, split_address
from dedupe.index.spec import IndexSpec

TIMEOUT_SECONDS = 10
"""How long an answer may take."""


class RedisConnection:
    """A connection to the server of an index, all of whose keys begin with `prefix`.

    `spec` makes a new index where there is none. `where` is the address without a password.
    """

    def __init__(self, address: str, spec: IndexSpec | None) -> None:
        try:
            import redis  # 60 ms that only an index in Redis costs
        except ImportError:
            raise MissingExtraError("redis", "redis") from None
        self._error: type[Exception] = redis.RedisError
        self.where = shown(address)
        url, name = split_address(address)
        self.prefix = f"dedupe:{{{name}}}:"
        try:
            self.client: Any = redis.Redis.from_url(
                url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
            )
        except (ValueError, TypeError):  # its words may hold the password
            raise InputError(
                self.where, "is no address of Redis; write redis://HOST:PORT/DATABASE?index=NAME"
            ) from None
        with self.errors():
            if spec is not None:
                self.client.set(self.key("header"), spec.to_json(), nx=True)
            header: Any = self.client.get(self.key("header"))
        if header is None:
            raise InputError(
                self.where, f"there is no index {name!r}; make one with: dedupe index add PATHS --index URL"
            )
        self.spec = IndexSpec.from_json(header.decode("utf-8", "replace"), self.where)

    def key(self, name: str) -> str:
        """Return the key in Redis of a part of the index."""
        return self.prefix + name

    def script(self, *names: str) -> Any:
        """Return the script of these files of Lua, to be called with `args`."""
        return self.client.register_script(script(*names))

    def measure(self, counted: str) -> tuple[int, dict[int, int]]:
        """Return the bytes of all keys, and the length of each value whose key is `counted` and a number."""
        size = 0
        lengths: dict[int, int] = {}
        keys = list(self.client.scan_iter(f"{escape_pattern(self.prefix)}*", count=1000))
        for first in range(0, len(keys), 1000):
            pipe = self.client.pipeline(transaction=False)
            for key in keys[first : first + 1000]:
                pipe.memory_usage(key, samples=0)
                if key.startswith(counted.encode()):
                    pipe.strlen(key)
            answers = iter(pipe.execute())
            for key in keys[first : first + 1000]:
                size += next(answers) or 0
                if key.startswith(counted.encode()):
                    lengths[int(key.rsplit(b":", 1)[1])] = next(answers)
        return size, lengths

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn errors of Redis into `InputError` without a password."""
        try:
            yield
        except self._error as error:
            kind = type(error).__name__
            if kind in ("ConnectionError", "TimeoutError", "BusyLoadingError"):
                problem = "Redis cannot be reached; what was acknowledged is kept there; start it, or check the address"
            elif kind.startswith("Auth") or "NOAUTH" in str(error) or "WRONGPASS" in str(error):
                problem = "Redis wants another user or password; check the address"
            elif "OOM" in str(error):
                problem = "Redis has no memory left; nothing of this batch was written; raise maxmemory"
            elif "WRONGTYPE" in str(error):
                problem = "is damaged: a key of it holds something else; remove the index and build it anew"
            else:
                problem = f"Redis answered with an error ({kind}); see its log"
            raise InputError(self.where, problem) from None
        except (struct.error, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, ValueError):
            raise InputError(
                self.where, "is damaged: a value in it cannot be read; remove the index and build it anew"
            ) from None
