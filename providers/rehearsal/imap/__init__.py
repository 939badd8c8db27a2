"""An IMAP4rev1 server in memory: the model of its folders, and the conversation over a socket.

It keeps nothing on disk and trusts nothing it hears: whatever a client sends is answered, at worst with BAD.
"""
