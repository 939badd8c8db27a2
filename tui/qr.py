"""A QR code of an address, in half blocks. The only module that imports segno, when a code is first drawn."""

QUIET = 2  # modules of blank around it, half of what the standard wants: terminals are small and dark around it


def qr_rows(text: str, *, cells: int, lines: int) -> tuple[str, ...]:
    """Rows of equal length, light on dark where a module is blank; empty where it does not fit."""
    import segno  # noqa: PLC0415 - when a code is first drawn

    matrix = segno.make(text, error="l", micro=False).matrix
    side = len(matrix) + 2 * QUIET
    if side > cells or (side + 1) // 2 > lines:
        return ()
    blank = [False] * side
    dots = [blank] * QUIET
    dots += [[False] * QUIET + [bool(dot) for dot in row] + [False] * QUIET for row in matrix]
    dots += [blank] * QUIET
    if side % 2:
        dots.append(blank)
    return tuple(
        "".join(_PAIRS[upper, lower] for upper, lower in zip(above, below, strict=True))
        for above, below in zip(dots[::2], dots[1::2], strict=True)
    )


# A blank module is drawn: on the usual dark terminal that is the light ground which a camera looks for.
_PAIRS = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
