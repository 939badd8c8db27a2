"""Whether an email is unread to a member ([T2a]).

Invariant: what a person said counts; else what their own mailbox's server says; else an email is unread only if it came
after their access, so that nobody starts with thousands.
"""


def unread(*, said: bool | None, seen_in_own: bool | None, seconds: int, access_since: int | None) -> bool:
    r"""`said`: the member marked it unread (True) or read (False). `seen_in_own`: \\Seen of a sighting in a mailbox of
    theirs, None if none holds it. `access_since`: since when they may see it otherwise, None if they may not.
    """
    if said is not None:
        return said
    if seen_in_own is not None:
        return not seen_in_own
    return access_since is not None and seconds > access_since
