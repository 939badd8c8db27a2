-- Version 2: what people set on threads, mail on its way out, what people set up.

-- ------------------------------------------------------------------ on threads: each hangs on the newest email that its maker saw
CREATE TABLE snoozes (         -- each member's own
    member INTEGER NOT NULL,
    email INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    until INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (member, email)
) STRICT, WITHOUT ROWID;
CREATE INDEX snoozes_thread ON snoozes (thread);
CREATE INDEX snoozes_until ON snoozes (until);
CREATE TABLE assignments (     -- the firm's
    email INTEGER PRIMARY KEY,
    thread INTEGER NOT NULL,
    member INTEGER,                            -- NULL: taken from everybody
    at INTEGER NOT NULL,
    maker INTEGER NOT NULL
) STRICT;
CREATE INDEX assignments_thread ON assignments (thread, email);
CREATE INDEX assignments_member ON assignments (member) WHERE member IS NOT NULL;
CREATE TABLE comments (        -- seen by those who may see `email` (Z2)
    comment INTEGER PRIMARY KEY AUTOINCREMENT,
    email INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    member INTEGER NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX comments_thread ON comments (thread, comment);
CREATE INDEX comments_email ON comments (email);

-- ------------------------------------------------------------------ clients that were made and taken back
CREATE TABLE left_clients (    -- each goes when no email is filed there any more; its key is never given again
    client INTEGER PRIMARY KEY,
    gone INTEGER NOT NULL DEFAULT 0
) STRICT;

ALTER TABLE undo ADD COLUMN batch TEXT NOT NULL DEFAULT ''; -- acts of one batch are taken back together
ALTER TABLE undo ADD COLUMN affected INTEGER NOT NULL DEFAULT 1;
ALTER TABLE undo ADD COLUMN threads INTEGER NOT NULL DEFAULT 0; -- 0: it was not about threads

-- ------------------------------------------------------------------ mail on its way out
CREATE TABLE outbox (
    outbox INTEGER PRIMARY KEY AUTOINCREMENT,
    member INTEGER NOT NULL REFERENCES members,
    mailbox INTEGER NOT NULL REFERENCES mailboxes, -- whose From address it has
    state TEXT NOT NULL,                       -- OutboxState
    attempt INTEGER NOT NULL DEFAULT 0,        -- raised by each try: transitions compare (outbox, state, attempt)
    begun INTEGER NOT NULL DEFAULT 0,          -- DATA of this attempt may have begun: dead after it is uncertain
    tries INTEGER NOT NULL DEFAULT 0,
    draft BLOB NOT NULL,                       -- Draft, its `answers` left out
    answers INTEGER,                           -- email
    message_id TEXT,                           -- from the first send on: 128 random bits (Z20)
    date INTEGER,                              -- of the Date header: fixed with the Message-ID
    send_at INTEGER,                           -- held, scheduled: when it is queued
    retry_at INTEGER,                          -- queued: not before
    error TEXT,                                -- code
    append TEXT NOT NULL DEFAULT '',           -- our own copy in Sent: '', wanted, done, failed, unneeded (the server saves it)
    append_uidnext INTEGER,                    -- of Sent, noted before the first try
    email INTEGER,                             -- what it became
    made_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_state ON outbox (state, outbox);
CREATE INDEX outbox_member ON outbox (member, outbox);
CREATE INDEX outbox_message_id ON outbox (message_id) WHERE message_id IS NOT NULL;
CREATE TABLE outbox_recipients (
    outbox INTEGER NOT NULL REFERENCES outbox,
    place INTEGER NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('to', 'cc', 'bcc')),
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL,                       -- RecipientState
    code TEXT,
    PRIMARY KEY (outbox, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox_parts (
    outbox INTEGER NOT NULL REFERENCES outbox,
    n INTEGER NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (outbox, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox_pieces (   -- the bytes of attachments as they came
    outbox INTEGER NOT NULL,
    n INTEGER NOT NULL,
    piece INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (outbox, n, piece)
) STRICT;
CREATE TABLE outbox_uploads (  -- files on their way, until the last piece is here
    outbox INTEGER NOT NULL REFERENCES outbox,
    upload TEXT NOT NULL,                      -- the caller's request
    n INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (outbox, upload)
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ what people set up, until its file is written
CREATE TABLE pending_documents (
    pending INTEGER PRIMARY KEY AUTOINCREMENT,
    collection TEXT NOT NULL,
    name TEXT NOT NULL,                        -- of the document in its collection
    document BLOB                              -- msgpack; NULL: taken out
) STRICT;

-- ------------------------------------------------------------------ mailboxes with labels (Gmail)
ALTER TABLE folders ADD COLUMN label TEXT NOT NULL DEFAULT ''; -- it shows what bears that label, among its flags
ALTER TABLE folders ADD COLUMN missed INTEGER NOT NULL DEFAULT 0; -- lists in a row that lack it; -1: its copies have left
CREATE INDEX folders_missed ON folders (folder) WHERE missed >= 2;
CREATE INDEX folders_label ON folders (mailbox) WHERE label <> '';
ALTER TABLE sightings ADD COLUMN msgid INTEGER NOT NULL DEFAULT 0; -- the server's number of the mail, in all its folders
CREATE INDEX sightings_msgid ON sightings (mailbox, msgid) WHERE msgid <> 0;

-- ------------------------------------------------------------------ others' folders that a login can see (RFC 2342)
CREATE TABLE offered_folders (
    mailbox INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (mailbox, name)
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ mailboxes that end, or begin anew
ALTER TABLE mailboxes ADD COLUMN secret_of INTEGER; -- the member who signed in last; 0: nobody, the secret is to go
ALTER TABLE folders ADD COLUMN former INTEGER NOT NULL DEFAULT 0; -- of the time before: its copies leave
CREATE TABLE partings (        -- emails with a copy in a former folder
    email INTEGER PRIMARY KEY
) STRICT;
CREATE TABLE former_addresses ( -- of mailboxes that were stopped: who wrote from there was a member
    address INTEGER PRIMARY KEY REFERENCES addresses,
    member INTEGER NOT NULL                    -- 0: several
) STRICT;

-- ------------------------------------------------------------------ what a mailbox does not keep
CREATE TABLE skipped_hashes (  -- of mail that is no client's, in a mailbox that keeps nothing else: by store/vault/skipped.py
    hash BLOB NOT NULL,                        -- keyed with meta.hash_secret
    folder INTEGER NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    PRIMARY KEY (hash, folder, uidvalidity, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX skipped_hashes_uid ON skipped_hashes (folder, uidvalidity, uid);
CREATE TABLE letting_go (      -- emails with a copy that its mailbox's scope or history does not want any more
    email INTEGER PRIMARY KEY,
    due INTEGER NOT NULL                       -- when it is looked at whether that is still so
) STRICT;
CREATE INDEX letting_go_due ON letting_go (due);

-- Parts of the index are folded when nothing else is on (desk writer, `idle`), not while mail comes: a tenth of a first sync.
INSERT INTO fts (fts, rank) VALUES ('automerge', 0);
INSERT INTO fts (fts, rank) VALUES ('crisismerge', 1000);
