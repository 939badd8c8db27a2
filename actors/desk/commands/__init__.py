"""What people can tell the desk to do: one module for each group. Each command is one transaction with its journal
entry, its announcements and its first answer. Must not wait, parse or reach a server.
"""
