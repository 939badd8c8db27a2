"""Text as it is compared where case and accents do not matter: in search, in filters, in what is typed. Pure."""

from unicodedata import combining, normalize


def folded(text: str) -> str:
    """Without case and accents, as the index of words folds."""
    if text.isascii():
        return text.lower()
    return "".join(letter for letter in normalize("NFKD", text.casefold()) if not combining(letter))
