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

-- ------------------------------------------------------------------ members who are away, threads that are private
ALTER TABLE members ADD COLUMN away_until INTEGER; -- over by itself then
ALTER TABLE members ADD COLUMN deputy INTEGER; -- who stands in
CREATE INDEX emails_private ON emails (thread) WHERE private;

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

-- ------------------------------------------------------------------ rules for filing ([C2] 5)
CREATE TABLE filing_rules (    -- each its maker's own; a name is unique among those that hold
    rule INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL COLLATE NOCASE,
    client INTEGER NOT NULL,                   -- of a merged client the other's
    maker INTEGER NOT NULL REFERENCES members,
    place INTEGER NOT NULL,                    -- among the maker's: the first that is met decides
    conditions BLOB NOT NULL,                  -- Conditions
    at INTEGER NOT NULL,
    gone_at INTEGER                            -- taken away: kept until undo is past
) STRICT;
CREATE UNIQUE INDEX filing_rules_name ON filing_rules (maker, name) WHERE gone_at IS NULL;
CREATE INDEX filings_rule ON filings (maker, rule) WHERE reason = 'rule';

-- ------------------------------------------------------------------ addresses that reach the same person
ALTER TABLE addresses ADD COLUMN base TEXT;    -- where that is written otherwise: without tag, Gmail's without dots
UPDATE addresses SET base = CASE domain WHEN 'gmail.com' THEN b WHEN 'googlemail.com' THEN b ELSE plain END FROM (
    SELECT address AS of, plain, replace(substr(plain, 1, instr(plain, '@') - 1), '.', '') || '@gmail.com' AS b FROM (
        SELECT address, CASE WHEN instr(text, '+') > 1 AND text NOT LIKE '"%'
            THEN substr(text, 1, instr(text, '+') - 1) || '@' || domain ELSE text END AS plain FROM addresses))
    WHERE of = addresses.address;
UPDATE addresses SET base = NULL WHERE base = text;
CREATE INDEX addresses_base ON addresses (base) WHERE base IS NOT NULL;

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
ALTER TABLE mailboxes ADD COLUMN signed_in_at INTEGER; -- when that was
ALTER TABLE folders ADD COLUMN former INTEGER NOT NULL DEFAULT 0; -- of the time before: its copies leave
CREATE TABLE partings (        -- emails with a copy in a former folder
    email INTEGER PRIMARY KEY
) STRICT;
CREATE TABLE former_addresses ( -- of mailboxes that were stopped: who wrote from there was a member
    address INTEGER PRIMARY KEY REFERENCES addresses,
    member INTEGER NOT NULL                    -- 0: several
) STRICT;

CREATE TABLE authserv_counts ( -- mails by whose word on the sender stands topmost; '' nobody's: one is proposed to be believed
    mailbox INTEGER NOT NULL REFERENCES mailboxes,
    server TEXT NOT NULL,
    mails INTEGER NOT NULL,
    PRIMARY KEY (mailbox, server)
) STRICT, WITHOUT ROWID;

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

-- ------------------------------------------------------------------ documents: ordinary files, and a row for each
ALTER TABLE clients ADD COLUMN held_at INTEGER; -- a legal hold: nothing of the client's is removed
ALTER TABLE clients ADD COLUMN exported_at INTEGER; -- the last export: without one nothing is erased
ALTER TABLE clients ADD COLUMN erasing_at INTEGER; -- since then it goes, in slices
CREATE TABLE documents (       -- files lie in documents/`folder`/`name`; set aside: in documents/.aside/d`document`
    document INTEGER PRIMARY KEY AUTOINCREMENT,
    client INTEGER NOT NULL,
    folder TEXT NOT NULL,                      -- the client's, a slash, the year's
    name TEXT NOT NULL,
    folded TEXT NOT NULL,                      -- the name as a file system compares that ignores case
    size INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    modified INTEGER NOT NULL,                 -- of the file, nanoseconds: another time means that somebody changed it
    email INTEGER,                             -- whose attachment it is
    part INTEGER,
    mailbox INTEGER,
    by INTEGER,                                -- member; NULL: saved by itself, or found
    at INTEGER NOT NULL,
    touched INTEGER NOT NULL DEFAULT 0,        -- renamed, moved or deleted by somebody: it does not follow its email
    aside_at INTEGER,                          -- out of sight since: deleted, or its email is filed nowhere
    waits INTEGER NOT NULL DEFAULT 0,          -- aside until its email is filed again
    kind TEXT NOT NULL DEFAULT '',             -- what its words are read as (store/model/file_types.py); '': it has none
    worded INTEGER NOT NULL DEFAULT 0          -- all its words are in the index, or there are none
) STRICT;
CREATE INDEX documents_client ON documents (client, document);
CREATE UNIQUE INDEX documents_place ON documents (folder, folded) WHERE aside_at IS NULL;
CREATE INDEX documents_email ON documents (email) WHERE email IS NOT NULL;
CREATE INDEX documents_aside ON documents (aside_at) WHERE aside_at IS NOT NULL;
CREATE INDEX documents_sha256 ON documents (sha256);
CREATE INDEX documents_unworded ON documents (document) WHERE worded = 0;
CREATE TABLE document_texts (  -- words of documents, once for the same bytes: looked for, read behind
    sha256 BLOB NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,                        -- '': read; else why not
    text BLOB,                                 -- zstd
    PRIMARY KEY (sha256, kind)
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE fts_documents USING fts5 ( -- rowid = documents.document: names at once, words when they are read
    names, body,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO fts_documents (fts_documents, rank) VALUES ('secure-delete', 1);
CREATE TABLE document_moves (  -- of files, promised with their rows and done after the commit, in this order
    move INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL,                 -- 0: of none any more
    source TEXT NOT NULL,
    target TEXT NOT NULL                       -- '': the file goes
) STRICT;
CREATE TABLE file_texts (      -- of attachments: looked for with their content's words, read behind
    content INTEGER NOT NULL,
    n INTEGER NOT NULL,
    kind TEXT NOT NULL,                        -- store/model/file_types.py
    name TEXT NOT NULL,
    code TEXT,                                 -- NULL: still to be read; '': read; else why not
    text BLOB,                                 -- zstd
    PRIMARY KEY (content, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_texts_wanted ON file_texts (content) WHERE code IS NULL;
CREATE TABLE erasing (         -- emails of clients that are erased, until they have gone
    email INTEGER PRIMARY KEY,
    client INTEGER NOT NULL
) STRICT;
CREATE INDEX erasing_client ON erasing (client);
CREATE TABLE erased_hashes (   -- keyed with meta.hash_secret, of addresses and Message-IDs: by store/vault/erasures.py
    hash BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE client_notes (    -- each wording is a row; notes of a merged client are the other's
    note INTEGER PRIMARY KEY AUTOINCREMENT,
    client INTEGER NOT NULL REFERENCES clients,
    member INTEGER NOT NULL,                   -- who worded it so
    first_at INTEGER NOT NULL,                 -- when the note was first written
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    gone_at INTEGER                            -- taken away, or worded otherwise since: kept until undo is past
) STRICT;
CREATE INDEX client_notes_client ON client_notes (client);
CREATE INDEX client_notes_gone ON client_notes (gone_at) WHERE gone_at IS NOT NULL;
CREATE TABLE staged_files (    -- on their way in, in documents/.aside
    token TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ clients and contacts
ALTER TABLE clients ADD COLUMN merged INTEGER NOT NULL DEFAULT 0; -- into which one: this key is its alias for ever
ALTER TABLE contacts ADD COLUMN merged INTEGER NOT NULL DEFAULT 0;
CREATE INDEX clients_merged ON clients (merged) WHERE merged <> 0;
CREATE TABLE client_tags (     -- words that the firm puts on a client
    client INTEGER NOT NULL REFERENCES clients,
    tag TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (client, tag)
) STRICT, WITHOUT ROWID;
CREATE TABLE client_domains (  -- ([C2] 4); one that several clients have is ambiguous
    domain TEXT NOT NULL,
    client INTEGER NOT NULL REFERENCES clients,
    PRIMARY KEY (domain, client)
) STRICT, WITHOUT ROWID;
CREATE INDEX client_domains_client ON client_domains (client);
