"""Bytes to records and back: headers, MIME, charsets, HTML as text, quotes, hashes. Runs in worker processes.

It must not touch a file, socket, clock or database, and nothing in it may raise on any bytes.
"""
