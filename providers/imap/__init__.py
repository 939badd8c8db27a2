"""IMAP: one connection for work (`session`) and one hub that watches all mailboxes (`watch`).

session, watch            what the actors see (MailSource, MailWatch)
      │
login, tls                who may speak, and when: nothing secret before TLS
      │
connection                commands and their answers as they arrive, refusals by remedy; pipeline: several at once
      │      ╲
framing       arguments, responses     where an answer ends; what is written; what is read
      │
line                      the bytes, within limits

vendor                    imapclient behind one door: the greeting, and names of folders
"""
