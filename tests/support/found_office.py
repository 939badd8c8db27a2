"""An office in the small internet of tests.support.dns_and_web: its names, its authority, its ports.

    with FoundOffice(cli, net, hosts=["mail.olmo.example"]):
        cli.one("mailbox", "add", "ana@olmo.example", "--password-stdin", stdin="…")

`hosts` are on this machine for whoever looks them up. As a program: `found_office PLAN OFFICE-ARGUMENTS…`.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from tests.support.cli import Cli
    from tests.support.dns_and_web import Internet

TOP = Path(__file__).resolve().parents[2]
READY = b"ready\n"
DEADLINE = 30


class FoundOffice:
    """The process, from outside."""

    def __init__(self, cli: "Cli", net: "Internet", *, hosts: list[str]) -> None:
        plan = {"dns": net.dns.port, "authority": net.pem, "hosts": hosts, "ports": list(net.ports.items())}
        self._command = [
            sys.executable, "-P", "-m", "tests.support.found_office", json.dumps(plan), "--home", str(cli.home),
        ]  # fmt: skip
        self._env = {**cli.env, "PYTHONPATH": str(TOP)}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._env,
            start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == READY
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(DEADLINE)
        assert self._process.stdout is not None
        self._process.stdout.close()


def main(plan: dict[str, Any], arguments: list[str]) -> int:
    """The office, its ways to look for servers changed, and nothing else of it."""
    from actors import office
    from actors.doors import Doors
    from providers.discovery import Discovery
    from providers.names import Dns
    from providers.net import Gate
    from providers.probing import Probing
    from providers.web import Https

    names = Dns(servers=["127.0.0.1"], port=plan["dns"])
    gate = Gate(names, reach="any", authority=plan["authority"], ports=dict(plan["ports"]))
    found = Discovery(names=names, web=Https(gate), probe=Probing(gate))
    setattr(Doors, "discovery", lambda _doors: found)  # noqa: B010 - the office makes its doors itself
    asked = socket.getaddrinfo

    def near(host: Any, *more: Any, **named: Any) -> Any:  # noqa: ANN401 - as socket has it
        return asked("127.0.0.1" if host in plan["hosts"] else host, *more, **named)

    setattr(socket, "getaddrinfo", near)  # noqa: B010
    return office.main(arguments)


if __name__ == "__main__":
    code = main(json.loads(sys.argv[1]), sys.argv[2:])
    os._exit(code)
