# SPDX-License-Identifier: ISC
"""fit_report.py - how well mail is judged: shares, their intervals, the picture."""

from pathlib import Path

import numpy

LIMIT = 5.0             # the score of junk
RATES = (0.0, 0.001, 0.01)


def interval(hits, count):
    """95 % of where a share may lie (Wilson)."""
    if count == 0:
        return 0.0, 1.0
    z, share = 1.96, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = (z * (share * (1 - share) / count + z * z / (4 * count * count))
            ** 0.5 / (1 + z * z / count))
    return max(0.0, middle - half), min(1.0, middle + half)


def threshold(ham, rate):
    """The least score that junks at most this share of the good mail."""
    ordered = numpy.sort(ham)[::-1]
    allowed = int(rate * len(ordered))
    return ordered[allowed] + 0.005 if allowed < len(ordered) else -1e9


def share_line(what, hits, count):
    low, high = interval(hits, count)
    share = hits / count if count else 0
    return (f'  {what:34} {hits:5} of {count:5}  {share:7.2%}'
            f'  ({low:.2%} to {high:.2%})')


def report(title, spam, ham):
    print(f'{title}: {len(spam)} spam, {len(ham)} good')
    print(share_line(f'at {LIMIT:g}: spam caught',
                     int((spam >= LIMIT - 1e-9).sum()), len(spam)))
    if len(ham) == 0:
        return
    print(share_line(f'at {LIMIT:g}: good mail junked',
                     int((ham >= LIMIT - 1e-9).sum()), len(ham)))
    for rate in RATES:
        limit = threshold(ham, rate)
        print(share_line(f'spam caught at {rate:.1%} ham ({limit:.2f})',
                         int((spam >= limit).sum()), len(spam)))


def sides(scores, messages):
    is_spam = numpy.array([message.is_spam for message in messages], dtype=bool)
    return scores[is_spam], scores[~is_spam]


# --- the tables of a page ----------------------------------------------------

BEGIN, END = '<!-- figures: scripts/fit-scores -->', '<!-- end of figures -->'


def doubles_text(doubles):
    """What was left out, in a sentence."""
    told = ', '.join(
        f'{count:,} of the {part} that say the same as others of the {other}'
        for (part, other), count in sorted(doubles.counts.items(), reverse=True))
    return (f'Left out: {told or "nothing"}. Sorted otherwise than their '
            f'twins: {doubles.differ}.')


def cell(hits, count):
    low, high = interval(int(hits), int(count))
    return f'{hits:,}: {hits / count:.1%} ({low:.1%} to {high:.1%})'


def row(title, spam, ham):
    cells = [cell((spam >= threshold(ham, rate)).sum(), len(spam))
             for rate in RATES]
    junked = int((ham >= LIMIT - 1e-9).sum())
    low, high = interval(junked, len(ham))
    cells += [cell((spam >= LIMIT - 1e-9).sum(), len(spam)),
              f'{junked}: {junked / len(ham):.2%} ({low:.2%} to {high:.2%})']
    return (f'| {title} | {len(spam):,} | {len(ham):,} | '
            + ' | '.join(cells) + ' |')


def tables(parts, crossed, doubles):
    lines = [doubles_text(doubles), '',
             '| | spam | good | caught at no good mail lost | at 0.1 % | at 1 % '
             '| at the score 5 | good mail that reaches 5 |',
             '|---|' + '--:|' * 7]
    lines += [row(*part) for part in [*parts, *crossed] if len(part[2])]
    for title, spam, ham in parts:
        if len(ham) == 0 and len(spam) > 0:
            hits = int((spam >= LIMIT - 1e-9).sum())
            lines += ['', f'Of {len(spam):,} messages of {title}, none trained '
                      f'on, {cell(hits, len(spam))} reach 5.']
    return lines


def renew(path, *facts):
    """The lines of the page between BEGIN and END."""
    text = Path(path).read_text(encoding='utf-8')
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f'{path}: there is no place for the figures')
    Path(path).write_text(
        '\n'.join([before + BEGIN, *tables(*facts), END]) + after,
        encoding='utf-8')


# --- the picture ----------------------------------------------------------------


def curve(spam, ham):
    """Points (share of ham junked, share of spam caught)."""
    points = []
    for limit in numpy.unique(numpy.concatenate((spam, ham)))[::-1]:
        point = (float((ham >= limit).mean()), float((spam >= limit).mean()))
        if not points or point[0] != points[-1][0]:
            points.append(point)
        else:
            points[-1] = point
    return points


def draw(path, lines):
    """An SVG: the share of ham junked from 0.02 % on, on a scale of tens."""
    width, height, left, top = 640, 420, 64, 24
    least = 2e-4

    def across(share):
        return left + (width - left - 24) * (
            1 + numpy.log10(max(share, least)) / -numpy.log10(least))

    def down(share):
        return top + (height - top - 60) * (1 - share)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
           f'height="{height}" viewBox="0 0 {width} {height}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="#fff"/>']
    for share in (1e-3, 1e-2, 1e-1, 1.0):
        x = across(share)
        out.append(f'<path d="M{x:.1f} {top}V{down(0):.1f}" '
                   'stroke="#ddd"/>')
        out.append(f'<text x="{x:.1f}" y="{down(0) + 18:.1f}" '
                   f'text-anchor="middle">{share:.1%}</text>')
    for tenth in range(0, 11, 2):
        y = down(tenth / 10)
        out.append(f'<path d="M{left} {y:.1f}H{width - 24}" '
                   'stroke="#ddd"/>')
        out.append(f'<text x="{left - 8}" y="{y + 4:.1f}" '
                   f'text-anchor="end">{tenth * 10} %</text>')
    out.append(f'<text x="{(left + width) / 2:.0f}" y="{height - 14}" '
               'text-anchor="middle">good mail that goes to junk</text>')
    out.append(f'<text x="16" y="{height / 2:.0f}" text-anchor="middle" '
               f'transform="rotate(-90 16 {height / 2:.0f})">'
               'spam that is caught</text>')
    for number, (title, colour, points) in enumerate(lines):
        path_text = ''.join(
            f'{"M" if i == 0 else "L"}{across(x):.1f} {down(y):.1f}'
            for i, (x, y) in enumerate(points))
        out.append(f'<path d="{path_text}" fill="none" stroke="{colour}" '
                   'stroke-width="2"/>')
        y = down(0) - 20 - 18 * number
        out.append(f'<path d="M{width - 250} {y - 4:.1f}h24" '
                   f'stroke="{colour}" stroke-width="2"/>')
        out.append(f'<text x="{width - 220}" y="{y:.1f}">{title}</text>')
    Path(path).write_text('\n'.join(out) + '\n</svg>\n', encoding='utf-8')
