"""A parsing process like the real one, but for one mail: `lethal_worker TOKEN die|hang`. At a mail that holds the token
it dies as for want of memory, or hangs where no alarm reaches it.
"""

import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from store.mime import worker
from store.mime.read import read_copy
from store.model.copy import Copy


def main() -> int:
    token, way = sys.argv[1].encode(), sys.argv[2]

    def lethal(raw: bytes, *, uid: int, whole: bool, size: int = 0) -> Copy:
        if token in raw:
            if way == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
            time.sleep(600)
        return read_copy(raw, uid=uid, whole=whole, size=size)

    worker.__dict__["read_copy"] = lethal
    return worker.main()


if __name__ == "__main__":
    raise SystemExit(main())
