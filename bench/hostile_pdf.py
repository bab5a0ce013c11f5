"""Hostile PDF files, written by hand: the inputs of :mod:`bench.hostile` that need a structure."""

import zlib
from collections.abc import Iterator
from itertools import product


def _pdf_of(objects: list[bytes], root: int = 1) -> bytes:
    parts, offsets, at = [b"%PDF-1.7\n"], list[int](), 9
    for number, one in enumerate(objects, 1):
        part = b"%d 0 obj\n%s\nendobj\n" % (number, one)
        offsets.append(at)
        parts.append(part)
        at += len(part)
    rows = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    tail = b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF" % (count, root, at)
    return b"".join([*parts, b"xref\n0 %d\n0000000000 65535 f \n" % count, rows, tail])


def _stream(data: bytes, extra: bytes = b"") -> bytes:
    packed = zlib.compress(data, 9)
    return b"<</Length %d/Filter/FlateDecode%s>>stream\n%s\nendstream" % (
        len(packed),
        extra,
        packed,
    )


def simple_pdf(content: bytes, resources: bytes = b"", more: tuple[bytes, ...] = ()) -> bytes:
    """Return a PDF of one page."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<<%s>>>>"
    font = b"/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
    catalog, pages = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    return _pdf_of([catalog, pages, page % (font + resources), _stream(content), *more])


def pdf_inputs() -> Iterator[tuple[str, bytes]]:
    """Yield a name and a file for each attack."""
    line = b"BT /F1 12 Tf 10 10 Td (The ferry sails at nine.) Tj ET\n"
    for unit in (
        line,
        b"q ",
        b"BT ",
        b"(",
        b"[",
        b"<<",
        b"1 0 0 1 0 0 cm ",
        b"(a) Tj ",
        b"/X Do ",
        b"% ",
    ):
        for size in (1_000, 100_000, 3_000_000, 20_000_000):
            content = unit * (size // len(unit))
            yield (f"{unit[:12]!r} {size}", simple_pdf(content))
    for width, depth in product((2, 10, 30), (3, 8, 20)):
        # Forms that draw forms: each level many times the next.
        forms = [
            _stream(
                b"/X%d Do " % (n + 1) * width if n < depth else line,
                b"/Type/XObject/Subtype/Form/Resources<</XObject<</X%d %d 0 R>>>>" % (n + 1, 6 + n),
            )
            for n in range(depth + 1)
        ]
        data = simple_pdf(b"/X0 Do", b"/XObject<</X0 5 0 R>>", tuple(forms))
        yield (f"forms {width} {depth}", data)
    kids = {"itself": b"[2 0 R]", "many": b"[" + b"3 0 R " * 40_000 + b"]", "none": b"[]"}
    for name, kid in kids.items():
        pages = b"<</Type/Pages/Kids%s/Count 9999999>>" % kid
        page = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>"
        objects = [b"<</Type/Catalog/Pages 2 0 R>>", pages, page, _stream(line)]
        yield (f"kids {name}", _pdf_of(objects))
    for filters in (2, 5, 50):
        data = line * 1_000
        for _ in range(min(filters, 5)):
            data = zlib.compress(data, 9)
        names = b"/FlateDecode " * filters
        stream = b"<</Length %d/Filter[%s]>>stream\n%s\nendstream" % (len(data), names, data)
        good = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
        page = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>"
        yield (f"{filters} filters", _pdf_of([*good, page, stream]))
    for deep in (100, 5_000, 50_000):
        nested = b"[" * deep + b"]" * deep
        yield (f"array of depth {deep}", _pdf_of([b"<</Type/Catalog/Pages %s>>" % nested]))
