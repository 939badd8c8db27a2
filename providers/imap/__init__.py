"""IMAP: one connection for work (`session`) and one hub that watches all mailboxes (`watch`).

session, watch            what the actors see (MailSource, MailWatch)
      │
login, tls                who may speak, and when: nothing secret before TLS
      │
connection                one command at a time, answers as they arrive, refusals by remedy
      │      ╲
vendor        arguments, responses     imapclient behind one door; what is written; what is read
      │
line                      the bytes, within limits
"""
