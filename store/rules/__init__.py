"""What is decided: pure functions over records. No I/O, clock, randomness, logging or parsing library.

Time and chance come in as arguments.
"""
