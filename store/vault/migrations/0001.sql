-- Version 1. All keys are integers of ours; what people see are the opaque ids of store/vault/ids.py.
-- Times are seconds since 1970, UTC. msgpack columns hold records of store/model, named beside the column.

-- ------------------------------------------------------------------ the firm
CREATE TABLE meta (            -- firm, id_secret, hash_secret, generation, journal_head, ...
    name TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    member INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'employee')),
    rights TEXT NOT NULL DEFAULT '',           -- Right values, blank between, sorted
    login TEXT UNIQUE,                         -- Z12: name and uid, both or none
    uid INTEGER UNIQUE,
    joined_at INTEGER NOT NULL,                -- owner, admins and view_all_clients: their access is since then
    left_at INTEGER,
    CHECK ((login IS NULL) = (uid IS NULL))
) STRICT;
CREATE UNIQUE INDEX members_owner ON members (role) WHERE role = 'owner';

CREATE TABLE clients (
    client INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE,         -- not unique: a name that is taken would tell of a hidden client (Z5)
    made_at INTEGER NOT NULL
) STRICT;

CREATE TABLE addresses (       -- every normalised address that a mail or a person named, once
    address INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE,
    domain TEXT NOT NULL
) STRICT;
CREATE INDEX addresses_domain ON addresses (domain);

CREATE TABLE contacts (
    contact INTEGER PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;
CREATE TABLE contact_addresses (
    address INTEGER PRIMARY KEY REFERENCES addresses,
    contact INTEGER NOT NULL REFERENCES contacts
) STRICT;
CREATE INDEX contact_addresses_contact ON contact_addresses (contact);
CREATE TABLE links (
    contact INTEGER NOT NULL REFERENCES contacts,
    client INTEGER NOT NULL REFERENCES clients,
    PRIMARY KEY (contact, client)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_client ON links (client);
CREATE TABLE link_switches (   -- a row for each address of a linked contact
    address INTEGER NOT NULL REFERENCES contact_addresses,
    client INTEGER NOT NULL REFERENCES clients,
    email_sync INTEGER NOT NULL,
    notify INTEGER NOT NULL,
    PRIMARY KEY (address, client)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_switches_client ON link_switches (client);

CREATE TABLE access (
    member INTEGER NOT NULL REFERENCES members,
    client INTEGER NOT NULL REFERENCES clients,
    since INTEGER NOT NULL,
    PRIMARY KEY (member, client)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_client ON access (client);
CREATE TABLE walls (
    member INTEGER NOT NULL REFERENCES members,
    client INTEGER NOT NULL REFERENCES clients,
    since INTEGER NOT NULL,
    PRIMARY KEY (member, client)
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ mailboxes and their folders
CREATE TABLE mailboxes (
    mailbox INTEGER PRIMARY KEY,
    address TEXT NOT NULL COLLATE NOCASE UNIQUE, -- or the name of a local mailbox
    kind TEXT NOT NULL CHECK (kind IN ('imap', 'local')),
    server_key TEXT NOT NULL UNIQUE,           -- host and login: what a mailbox is ([S7], Z4)
    settings BLOB NOT NULL,                    -- MailboxSettings
    scope TEXT NOT NULL CHECK (scope IN ('whole', 'headers', 'clients')),
    history_from INTEGER,                      -- NULL: everything
    incarnation INTEGER NOT NULL DEFAULT 1,
    paused INTEGER NOT NULL DEFAULT 0,
    added_at INTEGER NOT NULL,                 -- the start of its sync: older mail is told in bulk
    progress BLOB,                             -- Progress
    broke_at INTEGER,                          -- since when it needs somebody
    stopped_at INTEGER
) STRICT;
CREATE TABLE mailbox_members (
    mailbox INTEGER NOT NULL REFERENCES mailboxes,
    member INTEGER NOT NULL REFERENCES members,
    since INTEGER NOT NULL,
    PRIMARY KEY (mailbox, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX mailbox_members_member ON mailbox_members (member);
CREATE TABLE mailbox_addresses ( -- main address and aliases ([W9]): all are the members' own
    address INTEGER NOT NULL REFERENCES addresses,
    mailbox INTEGER NOT NULL REFERENCES mailboxes,
    main INTEGER NOT NULL,
    PRIMARY KEY (address, mailbox)
) STRICT, WITHOUT ROWID;
CREATE TABLE never_sync (
    mailbox INTEGER NOT NULL REFERENCES mailboxes,
    pattern TEXT NOT NULL,
    PRIMARY KEY (mailbox, pattern)
) STRICT, WITHOUT ROWID;

CREATE TABLE folders (
    folder INTEGER PRIMARY KEY,
    mailbox INTEGER NOT NULL REFERENCES mailboxes,
    name TEXT NOT NULL,
    raw BLOB NOT NULL,
    delimiter TEXT,
    special_use TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL DEFAULT 0,
    uidnext INTEGER NOT NULL DEFAULT 0,
    highestmodseq INTEGER NOT NULL DEFAULT 0,
    pass INTEGER NOT NULL DEFAULT 0,
    closed_pass INTEGER NOT NULL DEFAULT 0,    -- the last pass that saw its end
    closed_at INTEGER,
    renewed_pass INTEGER NOT NULL DEFAULT 0,   -- the first pass under another UIDVALIDITY than before; 0: none
    listed INTEGER NOT NULL DEFAULT 1,
    skip TEXT,                                 -- SkipReason of the whole folder
    UNIQUE (mailbox, raw)
) STRICT;

-- A UID is in exactly one of: a range of the ledger; a sighting.
CREATE TABLE ledger (
    folder INTEGER NOT NULL REFERENCES folders,
    uidvalidity INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('pending', 'skipped', 'failed')),
    reason TEXT NOT NULL DEFAULT '',
    tries INTEGER NOT NULL DEFAULT 0,          -- handed over so often without an answer
    alone INTEGER NOT NULL DEFAULT 0,          -- of these: while handled alone
    fails INTEGER NOT NULL DEFAULT 0,          -- ended as failed so often: the delay grows
    due INTEGER NOT NULL DEFAULT 0,            -- failed: when to try again
    PRIMARY KEY (folder, uidvalidity, first),
    CHECK (first <= last)
) STRICT, WITHOUT ROWID;

CREATE TABLE sightings (
    sighting INTEGER PRIMARY KEY,
    folder INTEGER NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    email INTEGER NOT NULL,
    content INTEGER,                           -- number of the content fetched through it; NULL: past the 255th
    flags TEXT NOT NULL,                       -- the server's last known, blank between, sorted
    internaldate INTEGER NOT NULL,
    size INTEGER NOT NULL,
    wanted INTEGER NOT NULL,                   -- Depth
    here INTEGER NOT NULL,                     -- Depth
    asked INTEGER NOT NULL DEFAULT 0,          -- a person asked for the body
    pass INTEGER NOT NULL,
    gone_at INTEGER,                           -- NULL: present. Only present ones give their mailbox's members a view
    moved_to INTEGER,                          -- a sighting, where known
    aim INTEGER,                               -- a folder: a person moved it there, the server does not know yet
    body BLOB,                                 -- bodies.hash
    own BLOB,                                  -- OwnPart: what only this copy has (Z16)
    verified TEXT NOT NULL,
    kind TEXT NOT NULL,
    UNIQUE (folder, uidvalidity, uid)
) STRICT;
CREATE INDEX sightings_email ON sightings (email, mailbox);
CREATE INDEX sightings_wanting ON sightings (folder, uidvalidity, uid) WHERE here < wanted AND gone_at IS NULL;
CREATE INDEX sightings_body ON sightings (body) WHERE body IS NOT NULL;
CREATE INDEX sightings_gone ON sightings (gone_at) WHERE gone_at IS NOT NULL;

CREATE TABLE header_blocks (   -- beside the sightings, so that these stay small
    sighting INTEGER PRIMARY KEY,
    block BLOB NOT NULL                        -- zstd of the raw header fields as fetched
) STRICT;
CREATE TABLE sighting_addresses ( -- Sender, Reply-To (the content's); Bcc, Delivered-To (the mailbox's members' alone, Z16)
    address INTEGER NOT NULL,
    email INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (address, email, mailbox, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX sighting_addresses_email ON sighting_addresses (email);
CREATE TABLE local_copies (    -- a local mailbox's UIDs by the hash of the raw copy
    folder INTEGER NOT NULL REFERENCES folders,
    hash BLOB NOT NULL,
    uid INTEGER NOT NULL,
    PRIMARY KEY (folder, hash),
    UNIQUE (folder, uid)
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ emails and contents
CREATE TABLE emails (
    email INTEGER PRIMARY KEY,                 -- time key: 34 bits of seconds, 20 of sequence, 8 zero bits
    identity BLOB UNIQUE,                      -- [S7a]; without a Message-ID: with the content's hash; NULL until that is known
    thread INTEGER NOT NULL,
    name BLOB NOT NULL,                        -- hash of the Message-ID, or of the key: as thread_names
    message_id TEXT,
    date INTEGER,
    at INTEGER NOT NULL,                       -- earliest INTERNALDATE of its sightings, else Date: orders a thread's state
    people BLOB NOT NULL,                      -- msgpack ((role, address key), ...) of From, To, Cc
    from_address INTEGER,                      -- the first
    from_member INTEGER,                       -- whose own address that is; 0: several members'
    outside INTEGER NOT NULL,                  -- somebody outside the firm in From, To, Cc
    kind TEXT NOT NULL,
    verified TEXT NOT NULL,                    -- the worst of its copies (Z16)
    depends INTEGER NOT NULL DEFAULT 0,        -- its filing can change with the emails that it names
    private INTEGER NOT NULL DEFAULT 0,
    filed INTEGER NOT NULL DEFAULT 0,          -- number of filings
    mixed INTEGER NOT NULL DEFAULT 0,          -- private, ambiguous or in grace: not everybody with a client sees it
    versions INTEGER NOT NULL DEFAULT 1,       -- contents that a reader of all would count
    whole INTEGER NOT NULL DEFAULT 0,          -- some body is here
    attachments INTEGER NOT NULL DEFAULT 0,    -- of its first whole content
    passed BLOB                                -- rules.facts.Named, what it passes on to those who name it; NULL: nothing
) STRICT;
CREATE INDEX emails_thread ON emails (thread, email);
CREATE INDEX emails_at ON emails (thread, at, email);
CREATE INDEX emails_name ON emails (name);

CREATE TABLE aliases (         -- ids given out before two were found to be one: for ever
    alias INTEGER PRIMARY KEY,
    email INTEGER NOT NULL
) STRICT;
CREATE INDEX aliases_email ON aliases (email);

CREATE TABLE email_addresses ( -- From, To, Cc: equal in all copies
    address INTEGER NOT NULL,
    email INTEGER NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (address, email, role)
) STRICT, WITHOUT ROWID;
CREATE TABLE email_names (     -- hashes of the ids that its In-Reply-To and References name
    name BLOB NOT NULL,
    email INTEGER NOT NULL,
    PRIMARY KEY (name, email)
) STRICT, WITHOUT ROWID;
CREATE INDEX email_names_email ON email_names (email);

CREATE TABLE contents (
    content INTEGER PRIMARY KEY,               -- email + no (1..255), as in the index
    email INTEGER NOT NULL,
    no INTEGER NOT NULL,
    hash BLOB NOT NULL,                        -- Copy.content_hash; one of headers alone while whole = 0
    heads BLOB NOT NULL,                       -- hash of subject, Reply-To, Sender: says whether headers alone are another version
    whole INTEGER NOT NULL,
    subject TEXT NOT NULL,
    headers BLOB NOT NULL,                     -- Headers, without what delivery adds (Z16)
    text BLOB,                                 -- zstd of the text that a person reads
    shape BLOB,                                -- Shape: parts, links, what was cut or hidden
    snippet TEXT NOT NULL DEFAULT '',
    attachments INTEGER NOT NULL DEFAULT 0,    -- parts that are not inline
    size INTEGER NOT NULL DEFAULT 0,
    UNIQUE (email, hash)
) STRICT;
CREATE TABLE bodies (
    hash BLOB PRIMARY KEY,
    raw BLOB NOT NULL                          -- zstd of the raw bytes after the header fields
) STRICT;
CREATE VIRTUAL TABLE fts USING fts5 (          -- rowid = contents.content
    subject, people, names, body,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO fts (fts, rank) VALUES ('secure-delete', 1);
INSERT INTO fts (fts, rank) VALUES ('automerge', 8);

-- ------------------------------------------------------------------ filings
CREATE TABLE filings (
    email INTEGER NOT NULL,
    client INTEGER NOT NULL REFERENCES clients,
    reason TEXT NOT NULL,
    confidence INTEGER NOT NULL,
    ambiguous INTEGER NOT NULL,
    address TEXT,
    rule TEXT,
    maker INTEGER,
    source INTEGER,                            -- the email whose filing was followed
    since INTEGER NOT NULL,
    visible_from INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (email, client)
) STRICT, WITHOUT ROWID;
CREATE INDEX filings_client ON filings (client, email);
CREATE TABLE suggestions (
    email INTEGER NOT NULL,
    client INTEGER NOT NULL,
    reason TEXT NOT NULL,
    mailboxes TEXT NOT NULL,                   -- whose members see it, blank between; '': everybody who sees the email
    PRIMARY KEY (email, client, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE hand_decisions (  -- what people decided ([C2] 1); never against a thread
    serial INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('email', 'thread', 'always')),
    email INTEGER,
    address INTEGER,
    maker INTEGER NOT NULL,
    clients TEXT NOT NULL,                     -- client keys, blank between; '': filed nowhere
    at INTEGER NOT NULL,
    CHECK ((email IS NULL) = (kind = 'always')),
    CHECK ((address IS NULL) = (kind <> 'always'))
) STRICT;
CREATE INDEX hand_decisions_email ON hand_decisions (email) WHERE email IS NOT NULL;
CREATE INDEX hand_decisions_address ON hand_decisions (address) WHERE address IS NOT NULL;
CREATE TABLE causes (          -- an act that settles past mail again, until the last of it is
    cause INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    maker INTEGER,
    client INTEGER,
    address TEXT,
    at INTEGER NOT NULL,
    filed BLOB NOT NULL                        -- msgpack {member: emails of their mailboxes that it filed}
) STRICT;
CREATE TABLE unsettled (       -- emails to settle again, newest first, in slices beside the sync
    email INTEGER PRIMARY KEY,
    cause INTEGER NOT NULL
) STRICT;

-- ------------------------------------------------------------------ threads
CREATE TABLE threads (
    thread INTEGER PRIMARY KEY AUTOINCREMENT,
    size INTEGER NOT NULL,                     -- of thread_names
    newest INTEGER NOT NULL,                   -- email; 0: none yet
    count INTEGER NOT NULL,                    -- of emails
    mixed INTEGER NOT NULL,                    -- of these: emails.mixed
    uniform INTEGER NOT NULL,                  -- every reader who sees any email of it sees all of it
    state TEXT NOT NULL,                       -- ThreadState to a reader of all of it
    summary BLOB NOT NULL                      -- ThreadSummary of all of it
) STRICT;
CREATE INDEX threads_newest ON threads (newest);
CREATE TABLE thread_names (
    name BLOB PRIMARY KEY,
    thread INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_names_thread ON thread_names (thread);
CREATE TABLE merged_threads (  -- ids given out before two threads were found to be one
    merged INTEGER PRIMARY KEY,
    thread INTEGER NOT NULL
) STRICT;
CREATE INDEX merged_threads_thread ON merged_threads (thread);
CREATE TABLE thread_holders (  -- through what its readers see it
    holder INTEGER NOT NULL,                   -- a client's key, or minus a mailbox's
    thread INTEGER NOT NULL,
    emails INTEGER NOT NULL,                   -- seen by everybody with this holder (walls apart)
    mixed INTEGER NOT NULL,                    -- filed here, but private, ambiguous or in grace
    partial INTEGER NOT NULL,                  -- mixed > 0: the place is computed for each reader
    newest INTEGER NOT NULL,                   -- of `emails`; 0: none
    latest INTEGER NOT NULL,                   -- of both
    PRIMARY KEY (holder, thread)
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_holders_newest ON thread_holders (holder, partial, newest);
CREATE INDEX thread_holders_thread ON thread_holders (thread);
CREATE TABLE done_marks (      -- hangs on the newest email that its maker saw
    email INTEGER PRIMARY KEY,
    thread INTEGER NOT NULL,
    at INTEGER NOT NULL,
    maker INTEGER NOT NULL
) STRICT;
CREATE INDEX done_marks_thread ON done_marks (thread, email);

CREATE TABLE member_states (   -- only where it differs from read, unstarred and never touched
    member INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    email INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    starred INTEGER NOT NULL,
    read_said INTEGER NOT NULL,                -- a person said read or unread: arrivals no longer change it
    star_said INTEGER NOT NULL,
    PRIMARY KEY (member, thread, email)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_states_email ON member_states (email);
CREATE INDEX member_states_unread ON member_states (member, email) WHERE unread = 1;
CREATE INDEX member_states_starred ON member_states (member, email) WHERE starred = 1;

-- ------------------------------------------------------------------ what follows
CREATE TABLE errands (
    errand INTEGER PRIMARY KEY AUTOINCREMENT,
    email INTEGER NOT NULL,
    client INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    closed_at INTEGER,
    UNIQUE (email, client, kind)
) STRICT;
CREATE INDEX errands_open ON errands (errand) WHERE closed_at IS NULL;

CREATE TABLE notices (
    notice INTEGER PRIMARY KEY AUTOINCREMENT,
    member INTEGER NOT NULL REFERENCES members,
    kind TEXT NOT NULL,
    email INTEGER NOT NULL DEFAULT 0,
    client INTEGER NOT NULL DEFAULT 0,
    about TEXT NOT NULL DEFAULT '',            -- what else it is about: a mailbox's key and reason, a cause
    mailbox INTEGER,
    at INTEGER NOT NULL,
    arguments BLOB NOT NULL,                   -- msgpack {name: text or number}
    seen_at INTEGER,
    archived_at INTEGER,
    later_until INTEGER,
    UNIQUE (member, kind, email, client, about)
) STRICT;
CREATE INDEX notices_member ON notices (member, archived_at, at);
CREATE TABLE notice_silences ( -- never again: this kind about this
    member INTEGER NOT NULL,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (member, kind, about)
) STRICT, WITHOUT ROWID;

CREATE TABLE changes (         -- people's acts, until the server has them
    change INTEGER PRIMARY KEY AUTOINCREMENT,
    mailbox INTEGER NOT NULL,
    sighting INTEGER NOT NULL,
    folder INTEGER NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    message_id TEXT,
    flags_add TEXT NOT NULL DEFAULT '',
    flags_remove TEXT NOT NULL DEFAULT '',
    target_folder INTEGER,
    target_use TEXT,
    maker INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    told INTEGER NOT NULL DEFAULT 0            -- given to the mailbox: its answer is awaited
) STRICT;
CREATE INDEX changes_mailbox ON changes (mailbox, change);
CREATE INDEX changes_sighting ON changes (sighting);

CREATE TABLE left_places (     -- where a carried change put a copy that is no sighting there (Trash): for the way back
    sighting INTEGER PRIMARY KEY,
    folder INTEGER NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL
) STRICT;

CREATE TABLE commands (        -- the first answer to each repeat-safe call
    member INTEGER NOT NULL,
    request TEXT NOT NULL,
    method TEXT NOT NULL,
    asked BLOB NOT NULL,       -- a hash of what was asked
    answer BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (member, request)
) STRICT, WITHOUT ROWID;
CREATE INDEX commands_at ON commands (at);
CREATE TABLE undo (
    undo INTEGER PRIMARY KEY AUTOINCREMENT,
    member INTEGER NOT NULL,
    at INTEGER NOT NULL,
    word TEXT NOT NULL,
    inverse BLOB NOT NULL
) STRICT;
CREATE INDEX undo_member ON undo (member, undo);

CREATE TABLE journal (         -- keys, never contents; a hash chain ([R3])
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    member INTEGER,
    as_member INTEGER,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    prev BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE announcements (   -- kept 7 days
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    email INTEGER,
    thread INTEGER,
    client INTEGER,
    mailbox INTEGER,                           -- for its members only, unless a client or an email says otherwise
    member INTEGER,                            -- for this member only
    count INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX announcements_at ON announcements (at);

CREATE TABLE audits (          -- the last audit of each mailbox
    mailbox INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    server INTEGER NOT NULL,
    store INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    failed INTEGER NOT NULL
) STRICT;
