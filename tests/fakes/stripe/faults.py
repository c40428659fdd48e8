"""What can go wrong at the other side, on demand: by count, or by chance."""

import random
import threading
from dataclasses import dataclass, field

# before: closed without doing; after: done, then closed; slow: done after a wait.
KINDS = (
    "before",
    "after",
    "slow",
    "429",
    "429retry",
    "409",
    "503",
    "500saved",
    "500none",
    "401",
    "403",
)


@dataclass
class Fault:
    """One kind for one operation ("" is every one), so often or so likely."""

    kind: str
    operation: str = ""
    count: int | None = None
    chance: float = 1.0
    skip: int = 0
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind} is no fault of this stand-in")


@dataclass
class Faults:
    chance: random.Random = field(default_factory=random.Random)
    standing: list[Fault] = field(default_factory=list)
    met: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        with self._lock:
            self.standing.append(fault)

    def clear(self) -> None:
        with self._lock:
            self.standing.clear()

    def next(self, operation: str) -> Fault | None:
        """The fault that this request meets, if any; one at most."""
        with self._lock:
            draw = self.chance.random()
            for fault in self.standing:
                if fault.operation not in {"", operation} or fault.count == 0:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if draw >= fault.chance:
                    draw -= fault.chance
                    continue
                if fault.count is not None:
                    fault.count -= 1
                self.met[fault.kind] = self.met.get(fault.kind, 0) + 1
                return fault
        return None
