r"""A private Cyrus IMAP 3 on loopback: its own configuration, folder, certificate and ports, ended with its children.

    with Cyrus(folder) as server:
        server.deliver("user1", raw)
        ...  # log in as any user with any password on server.port (plain) or server.tls_port, trusting server.cafile

Works as root (mail then belongs to Debian's account `mail`) and as a plain user. Debian's packages cyrus-imapd and
dovecot-imapd shut each other out, so the imapd may also stand unpacked beside a cyrus-common that is installed; see
`UNPACKED`. Knows nothing of the office.
"""

import grp
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

from tests.support.private_server import PASSWORD, SPECIAL, PrivateServer, let_in
from tests.support.rehearsal import Talk

MASTER: Final = Path("/usr/lib/cyrus/bin/master")
UNPACKED: Final = Path("/usr/local/lib/cyrus-imapd")  # `dpkg-deb -x cyrus-imapd_….deb` of it
PROGRAMS: Final = Path("usr/lib/cyrus/bin")
CyrusFactory = Callable[[], "Cyrus"]


class Cyrus(PrivateServer):
    """Users are made at their first login, with the usual folders."""

    NAME = "Cyrus"
    MERCY = 0  # its children sleep through their ending

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX", *, flags: str = "") -> None:
        """Put one mail into a folder, by a session of its own. `flags` are parted by blanks."""
        with Talk(self.port) as talk:
            talk.ok(f"LOGIN {user} {PASSWORD}".encode())
            talk.append(raw, folder.encode(), f"({flags}) ".encode())

    # ------------------------------------------------------------ life
    def start(self) -> Self:
        let_in(self.top)
        self._make_certificate(uid=self._account.pw_uid, gid=self._account.pw_gid)
        for name in ("conf", "conf/socket", "spool", "proc", "lock", "run"):
            (self.top / name).mkdir(exist_ok=True)
            os.chown(self.top / name, self._account.pw_uid, self._account.pw_gid)
        self._write_config()
        self._begin([MASTER, "-C", self.top / "imapd.conf", "-M", self.top / "cyrus.conf", "-p", self.top / "run/pid"])
        return self

    # ------------------------------------------------------------ inside
    def _write_config(self) -> None:
        account, programs = self._account, _imapd().parent
        (self.top / "imapd.conf").write_text(
            IMAPD_CONF.format(
                top=self.top,
                user=account.pw_name,
                group=grp.getgrgid(account.pw_gid).gr_name,
                folders=" | ".join(SPECIAL),
                uses="\n".join(f"xlist-{name.lower()}: {name}" for name in SPECIAL),
            )
        )
        (self.top / "cyrus.conf").write_text(
            CYRUS_CONF.format(programs=programs, top=self.top, port=self.port, tls_port=self.tls_port)
        )


def cyrus_installed() -> bool:
    return MASTER.exists() and _imapd().exists()


def _imapd() -> Path:
    places = [top / PROGRAMS / "imapd" for top in (Path("/"), UNPACKED)]
    return next((place for place in places if place.exists()), places[0])


IMAPD_CONF = """\
configdirectory: {top}/conf
proc_path: {top}/proc
mboxname_lockpath: {top}/lock
partition-default: {top}/spool
defaultpartition: default
idlesocket: {top}/run/idle
lmtpsocket: {top}/run/lmtp
notifysocket: {top}/run/notify
cyrus_user: {user}
cyrus_group: {group}
altnamespace: yes
unixhierarchysep: yes
allowplaintext: yes
sasl_pwcheck_method: alwaystrue
sasl_mech_list: PLAIN LOGIN
sasl_auto_transition: no
tls_server_cert: {top}/server.pem
tls_server_key: {top}/server.pem
autocreate_quota: 0
autocreate_inbox_folders: {folders}
autocreate_subscribe_folders: {folders}
{uses}
expunge_mode: immediate
delete_mode: immediate
skiplist_unsafe: yes
"""

CYRUS_CONF = """\
START {{
}}
SERVICES {{
  imap cmd="{programs}/imapd -C {top}/imapd.conf" listen="127.0.0.1:{port}" prefork=1 maxchild=100
  imaps cmd="{programs}/imapd -s -C {top}/imapd.conf" listen="127.0.0.1:{tls_port}" prefork=1 maxchild=100
}}
EVENTS {{
}}
DAEMON {{
  idled cmd="{programs}/idled -C {top}/imapd.conf"
}}
"""
