"""A private Dovecot 2.3 on loopback: its own configuration, folder, certificate and ports, ended with all its children.

    with Dovecot(folder, users=2) as server:
        server.deliver("user1", raw)
        ...  # log in as user1 / pass on server.port (plain and STARTTLS) or server.tls_port, trusting server.cafile

Works as root (mail then belongs to Debian's account `mail`) and as a plain user. Knows nothing of the office.
"""

import base64
import grp
import itertools
import os
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol, Self

from tests.support.private_server import PASSWORD, SPECIAL, PrivateServer, let_in


class DovecotFactory(Protocol):
    """What the fixture `dovecot` gives: a running server of one's own, ended with the module."""

    def __call__(
        self,
        *,
        users: int = 1,
        shared: Mapping[str, str] | None = None,
        special: Iterable[str] = SPECIAL,
        namespaces: bool = False,
        introspection: tuple[str, Path] | None = None,
    ) -> "Dovecot": ...


class Dovecot(PrivateServer):
    """Users user1 … userN, all with the password `pass`.

    Args:
        top: an existing folder of this server's own.
        users: how many mailboxes there are.
        shared: a second login → the user whose mailbox it opens.
        special: folders made at the first login, each with its special-use flag.
        namespaces: what one user lets another see (SETACL) stands below `Others/`, what is everybody's below `Team/`.
        introspection: (address, PEM file) of who is asked about tokens: XOAUTH2 and OAUTHBEARER are then offered too,
            for logins as `user1@firm.example`.
    """

    NAME = "Dovecot"
    MERCY = 0.5  # the master alone would wait three seconds for its idle children

    def __init__(
        self,
        top: Path,
        *,
        users: int = 1,
        shared: Mapping[str, str] | None = None,
        special: Iterable[str] = SPECIAL,
        namespaces: bool = False,
        introspection: tuple[str, Path] | None = None,
    ) -> None:
        super().__init__(top)
        self.introspection = introspection
        self.users = [f"user{n}" for n in range(1, users + 1)]
        self.shared = dict(shared or {})
        self.special = tuple(special)
        self.namespaces = namespaces
        self._serial = itertools.count(1)

    # ------------------------------------------------------------ mail
    def deliver(
        self, user: str, raw: bytes, folder: str = "INBOX", *, flags: str = "", received: float | None = None
    ) -> Path:
        """Drop one mail into a folder as a mail server does.

        Args:
            user: whose mailbox.
            raw: the mail, with either kind of line end.
            folder: made if it is missing; levels are parted by `/`.
            flags: maildir's letters (S seen, F flagged, R answered, T deleted, D draft).
            received: its INTERNALDATE in epoch seconds; without one it is now.
        """
        place = self._place(user, folder)
        raw = raw.replace(b"\r\n", b"\n")
        name = f"{time.time_ns() // 1000}.P{os.getpid()}Q{next(self._serial)}.postroom,S={len(raw)}"
        path = place / "tmp" / name
        path.write_bytes(raw)
        path.chmod(0o600)
        os.chown(path, self._account.pw_uid, self._account.pw_gid)
        if received is not None:
            os.utime(path, (received, received))
        return path.rename(place / "cur" / f"{name}:2,{''.join(sorted(flags))}" if flags else place / "new" / name)

    def seed(self, user: str, mails: Iterable[bytes], folder: str = "INBOX") -> int:
        """Fill a folder before anybody opens it; says how many mails it got. UIDs follow the order given."""
        return len([self.deliver(user, raw, folder) for raw in mails])

    def new_uidvalidity(self, user: str, folder: str = "INBOX") -> None:
        """Let the folder get a new UIDVALIDITY at its next opening; no session may have it open."""
        for path in self._place(user, folder).glob("dovecot*"):
            path.unlink()

    def log(self) -> str:
        path = self.top / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # ------------------------------------------------------------ life
    def start(self) -> Self:
        (self.top / "run").mkdir(exist_ok=True)
        (self.top / "run").chmod(0o755)
        let_in(self.top)
        self._make_certificate()
        for user in self.users:
            self._place(user, "INBOX")
        everybody = self.top / "acl"
        everybody.write_text("Team* anyone lrwstipekxa\nTeam/* anyone lrwstipekxa\n")
        everybody.chmod(0o644)
        config = self.top / "dovecot.conf"
        config.write_text(self._config())
        self._begin([_program(), "-F", "-c", str(config)])
        return self

    # ------------------------------------------------------------ inside
    def _place(self, user: str, folder: str) -> Path:
        """The Maildir++ of a folder, made if it is missing."""
        if user not in self.users:
            raise LookupError(user)
        if folder != "INBOX" and (not folder.strip("/") or "." in folder):
            raise ValueError(folder)
        top = self.top / "mail" / user / "Maildir"
        place = top if folder == "INBOX" else top / f".{'.'.join(map(_utf7, folder.split('/')))}"
        for path in (self.top / "mail", top.parent, top, place, *(place / sub for sub in ("cur", "new", "tmp"))):
            if not path.is_dir():
                path.mkdir(mode=0o755)
                os.chown(path, self._account.pw_uid, self._account.pw_gid)
        return place

    def _tokens(self) -> str:
        """The part of the configuration that lets tokens in."""
        if self.introspection is None:
            return ""
        url, authority = self.introspection
        mine, args = self.top / "openid-ca.pem", self.top / "oauth2.conf.ext"
        mine.write_text(authority.read_text())
        args.write_text(ASKED.format(url=url, authority=mine))
        for path in (mine, args):
            path.chmod(0o644)  # Dovecot reads them by its own account
        return TOKENS.format(args=args)

    def _config(self) -> str:
        account = self._account
        homes = {user: user for user in self.users} | self.shared
        users = self.top / "users"
        users.write_text(
            "".join(
                f"{login}:{{PLAIN}}{PASSWORD}:{account.pw_uid}:{account.pw_gid}::{self.top}/mail/{user}::\n"
                for login, user in homes.items()
            )
        )
        users.chmod(0o644)
        rootless = os.geteuid() != 0
        tokens = self._tokens()
        return CONFIG.format(
            top=self.top,
            port=self.port,
            tls_port=self.tls_port,
            boxes="".join(BOX.format(name=name) for name in self.special),
            namespaces=NAMESPACES.format(top=self.top) if self.namespaces else "",
            mechanisms=" xoauth2 oauthbearer" if tokens else "",
            tokens=tokens,
            chroot="chroot =" if rootless else "",
            rootless=ROOTLESS.format(me=account.pw_name, group=_group(account.pw_gid)) if rootless else "",
        )


def dovecot_installed() -> bool:
    return bool(shutil.which("dovecot", path=_PATH))


_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"


def _program() -> str:
    return shutil.which("dovecot", path=_PATH) or "dovecot"


def _group(gid: int) -> str:
    return grp.getgrgid(gid).gr_name


def _utf7(name: str) -> str:
    """A folder's name as it stands on disk: IMAP's modified UTF-7 (RFC 3501, 5.1.3)."""
    out = []
    for plain, run in itertools.groupby(name, lambda letter: " " <= letter <= "~"):
        part = "".join(run)
        coded = base64.b64encode(part.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        out.append(part.replace("&", "&-") if plain else f"&{coded}-")
    return "".join(out)


BOX = """\
  mailbox {name} {{
    auto = subscribe
    special_use = \\{name}
  }}
"""

NAMESPACES = """\
mail_plugins = acl
protocol imap {{
  mail_plugins = acl imap_acl
}}
plugin {{
  acl = vfile:{top}/acl
  acl_shared_dict = file:{top}/mail/shared.db
}}
namespace others {{
  type = shared
  separator = /
  prefix = Others/%%u/
  location = maildir:{top}/mail/%%u/Maildir:INDEX=~/others/%%u
  subscriptions = no
  list = children
}}
namespace team {{
  type = public
  separator = /
  prefix = Team/
  location = maildir:{top}/mail/team:INDEX=~/team
  subscriptions = no
  list = yes
}}
"""

ROOTLESS = """\
default_internal_user = {me}
default_login_user = {me}
default_internal_group = {group}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""

TOKENS = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {args}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

ASKED = """\
introspection_mode = post
introspection_url = {url}
username_attribute = email
username_format = %u
active_attribute = active
active_value = true
tls_ca_cert_file = {authority}
timeout_msecs = 5000
"""

CONFIG = """\
base_dir = {top}/run
state_dir = {top}/run
instance_name = postroom-test
log_path = {top}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{top}/server.pem
ssl_key = <{top}/server.pem
disable_plaintext_auth = no
auth_mechanisms = plain login{mechanisms}
auth_failure_delay = 0
first_valid_uid = 1
mail_max_userip_connections = 200
mail_location = maildir:~/Maildir
maildir_stat_dirs = yes
mailbox_list_index = yes
{tokens}passdb {{
  driver = passwd-file
  args = username_format=%n {top}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%n {top}/users
}}
namespace inbox {{
  inbox = yes
  separator = /
{boxes}}}
{namespaces}service imap-login {{
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
  {chroot}
}}
{rootless}"""
