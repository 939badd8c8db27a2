"""The only code that touches disk or database: what is kept, and the way it is read and written. Decides nothing."""
