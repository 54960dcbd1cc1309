"""Turns a benchmark's figures into entries, tables, a comparison and a picture.

An entry is a dict, as in build/bench.json:

    name, place   such as "switch, 8 tasks", on "unix" or "pico"
    value, unit   tickslot's figure: "us" or "bytes" of one operation, or the workload's unit
    peer          the other one that was measured: "asyncio" or "limit"; None: there is none
    ratio         the peer's figure / tickslot's: 15 means "asyncio takes 15 times as long"
    peer_value    the peer's figure
    fresh_ratio   if the peer makes garbage: the ratio right after a collection, when a free block
                  is found at once. `ratio` is from rounds in which the heap fills several times,
                  as in a program
    spread        of the ratio: half of the rounds are within this many per cent of the median
    kinds         of flash: {kind: bytes}, with the kinds of firmware_size.py
    headline      False for the other sizes of the same operation
    steady        False if any change elsewhere changes the figure
"""

import statistics
import textwrap

OPERATION = ("us", "bytes", "instructions")
HIGHER_IS_BETTER = ("times as fast",)
TOLERANCE = 0.03
PLACES = {"unix": "Unix port", "pico": "virtual Pico"}

LEGEND = """x15: takes 15 times as long as tickslot; without an x: microseconds. +-: half of the
rounds have ratios within this much of their median. Instr: instructions on the Unix port. Bytes:
what an operation allocates on the Pico.
Where asyncio makes garbage, its collector runs: the figure is for a heap that fills again and
again; most of the cost is then the search for free blocks, from the start of the heap. "fresh" is
the figure right after a collection. Programs are between the two. tickslot has only one figure."""

# What the peers lack: no row shows it.
CANNOT = """\
limit    is a bare loop for that one thing (each file in tools/bench/workloads says which), without
         a scheduler: no timers, no waiting, no protection from errors. For the carried tasks (which
         run in generators like slot runners), the ping-pong of a channel, spawn and join, the
         timeout that hits and the RAM of a task slot it is the floor: what MicroPython itself
         takes for the program's calls and the resumes of its tasks, or for the objects of a slot.
         For flash it is the size without the functions in machine code, with nothing in their
         place.
asyncio  has no bounded queue, semaphore or select. It cannot run with the heap locked. It has no
         task limit, priority or fixed-rate loop. It cannot run on two cores, and the other core
         can call it only through ThreadSafeFlag, for one waiter, which polls. Its clock cannot be
         replaced (here it was patched)."""


def entries(row, place):
    """Make the entries of a workload's result for one operation."""
    about = {"name": row["name"], "place": place, "headline": row["headline"],
             "steady": row.get("steady", True),
             **{key: row[key] for key in ("kinds",) if key in row}}
    if "values" in row:
        return _beside_peers(about, row["unit"], row["values"])
    counts = row["operations"]
    fresh = {peer: [us / counts[peer] for us in measured] for peer, measured in row["us"].items()}
    rounds = {**fresh, **row.get("collected", {})}
    found = _beside_peers(about, "us", {peer: statistics.median(us) for peer, us in rounds.items()})
    for entry in found:
        peer = entry["peer"]
        if peer:
            entry["ratio"], entry["spread"] = _ratio(rounds, peer)
        if row["bytes"].get(peer):
            entry["fresh_ratio"] = _ratio(fresh, peer)[0]
    return found + _beside_peers(about, "bytes", row["bytes"])


def flash(name, kinds):
    """The result of a workload for flash; `kinds` has the bytes of each kind."""
    size = sum(kinds.values())
    return {"name": name, "headline": True, "unit": "bytes of flash", "kinds": kinds,
            "values": {"tickslot": size, "limit": size - kinds["machine code"]}}


def _ratio(rounds, peer):
    """Return (the peer's time / tickslot's, the spread or None)."""
    # Both of a round ran one after the other: a slow machine slowed both.
    ratios = [theirs / ours for ours, theirs in zip(rounds["tickslot"], rounds[peer], strict=True)]
    if len(ratios) == 1:
        return ratios[0], None
    low, median, high = statistics.quantiles(ratios, n=4)
    return median, 50 * (high - low) / median


def _beside_peers(about, unit, values):
    ours = values["tickslot"]
    return [{**about, "value": ours, "unit": unit, "peer": peer, "peer_value": values.get(peer),
             "ratio": values[peer] / ours if peer and ours else None, "spread": None}
            for peer in [peer for peer in values if peer != "tickslot"] or [None]]


def table(found):
    """All entries as text."""
    names = list(dict.fromkeys(entry["name"] for entry in found if entry["unit"] in OPERATION))
    modules = [entry for entry in found if entry["name"].startswith("tickslot.")]
    others = [e for e in found if e["unit"] not in OPERATION and e not in modules]
    lines = []
    if names:
        lines = [f"{'':33}{' Unix port ':-^39}   {' virtual Pico, 125 MHz ':-^35}  "
                 f"{' bytes ':-^15}",
                 f"{'one operation':31}{'us':>6}{'asyncio':>9}{'fresh':>7}{'limit':>7}{'+-':>5}"
                 f"{'instr':>7}{'us':>8}{'asyncio':>9}{'':7}{'fresh':>7}{'limit':>7}"
                 f"{'tickslot':>10}{'asyncio':>8}"]
        lines += [_operation(name, found) for name in names]
        lines += ["", *textwrap.wrap(LEGEND, 98)]
    if others:
        lines += ["", f"{'other figures':52}{'tickslot':>10}{'asyncio':>9}{'limit':>7}"]
        done = set()
        for entry in others:
            key = entry["name"], entry["place"], entry["unit"]
            if key not in done:
                done.add(key)
                peers = {e["peer"]: e["peer_value"] for e in others
                         if (e["name"], e["place"], e["unit"]) == key}
                what = f"{entry['name']}, {PLACES[entry['place']]}"
                lines.append(f"{what:52}{_short(entry['value']):>10}"
                             f"{_short(peers.get('asyncio')):>9}{_short(peers.get('limit')):>7}"
                             f" {entry['unit']}")
    for entry in others:
        if "kinds" in entry:
            kinds = ", ".join(f"{kind} {size} ({size / entry['value']:.0%})"
                              for kind, size in entry["kinds"].items())
            lines += ["", *textwrap.wrap(f"{entry['name']}: {kinds}", 98)]
    if modules:
        each = ", ".join(f"{entry['name'].removeprefix('tickslot.')} {entry['value']}"
                         for entry in sorted(modules, key=lambda entry: -entry["value"]))
        lines += ["", *textwrap.wrap(f"flash of each module: {each}", 98)]
    return "\n".join(lines)


def _operation(name, found):
    """One line of the table of operations."""
    at = {(e["place"], e["unit"], e["peer"]): e for e in found if e["name"] == name}

    def value(place, unit):
        return next((_short(e["value"]) for key, e in at.items() if key[:2] == (place, unit)), "")

    def peer(place, unit, who, field):
        return at.get((place, unit, who), {}).get(field)

    def times(place, who, field="ratio"):
        ratio = peer(place, "us", who, field)
        return "" if ratio is None else f"x{_short(ratio)}"

    spreads = [e["spread"] for e in at.values() if e["spread"] is not None]
    spread = "" if not spreads else f"{max(spreads):.0f}%" if max(spreads) < 100 else ">99%"
    return (f"{name:31}{value('unix', 'us'):>6}{times('unix', 'asyncio'):>9}"
            f"{times('unix', 'asyncio', 'fresh_ratio'):>7}{times('unix', 'limit'):>7}{spread:>5}"
            f"{value('unix', 'instructions'):>7}"
            f"{value('pico', 'us'):>8}{_short(peer('pico', 'us', 'asyncio', 'peer_value')):>9}"
            f"{times('pico', 'asyncio'):>7}{times('pico', 'asyncio', 'fresh_ratio'):>7}"
            f"{_short(peer('pico', 'us', 'limit', 'peer_value')):>7}"
            f"{value('pico', 'bytes'):>10}"
            f"{_short(peer('pico', 'bytes', 'asyncio', 'peer_value')):>8}").rstrip()


def _short(number):
    """A number with about three digits."""
    if number is None:
        return ""
    if number == 0 or abs(number) >= 100:
        return f"{number:.0f}"
    return f"{number:.{2 if abs(number) < 1 else 1 if abs(number) >= 10 else 2}f}"


README_ROWS = ("switch, 8 tasks", "sleep, 32 sleepers", "channel ping-pong", "event ping-pong",
               "timeout that hits", "spawn and join", "call, same core", "call across cores")


def readme(found):
    """README.md's figures: those of some rows on the virtual Pico, and flash."""
    lines = ["| microseconds | tickslot | asyncio | ratio | asyncio, fresh | ratio |",
             "|---|--:|--:|--:|--:|--:|"]
    us = {entry["name"]: entry for entry in found if entry["place"] == "pico"
          and entry["unit"] == "us" and entry["peer"] == "asyncio"}
    for name in README_ROWS:
        entry = us[name]
        fresh = entry.get("fresh_ratio", entry["ratio"])
        lines.append(f"| {name} | {_short(entry['value'])} | {_short(entry['peer_value'])}"
                     f" | {_short(entry['ratio'])} | {_short(fresh * entry['value'])}"
                     f" | {_short(fresh)} |")
    core, everything = (entry["value"] / 1024 for what in ("core", "everything")
                        for entry in found if entry["name"] == f"flash, {what}")
    return "\n".join([*lines, "", f"Flash: {core:.0f} KiB for the core, {everything:.0f} KiB for"
                                  " everything."])


def goals(wanted, found):
    """Return as text how many of the measured goals are met, and which are not.

    A goal has an entry's name, place and unit, and the largest value that is good (or the smallest,
    if higher is better); or a peer and the smallest ratio that is good. A goal that is not met is
    printed with the limit of its row, or of the row that the goal names as its `limit`.
    """
    missed, met = [], 0
    limits = {(e["name"], e["place"], e["unit"]): e["peer_value"] for e in found
              if e["peer"] == "limit"}
    for goal in wanted:
        keys = {"unit": "us", **{key: goal[key] for key in goal
                                 if key not in ("value", "ratio", "limit")}}
        entry = next((entry for entry in found if keys.items() <= entry.items()), None)
        if entry is None:
            continue
        limit = None
        if "ratio" in goal:
            got, bound, what = entry["ratio"], goal["ratio"], f"x {goal['peer']}"
            good = got >= bound
        else:
            got, bound, what = entry["value"], goal["value"], goal["unit"]
            good = got >= bound if what in HIGHER_IS_BETTER else got <= bound
            limit = limits.get((goal.get("limit", goal["name"]), goal["place"], what))
        met += good
        if not good:
            missed.append(f"  {goal['name']:24}{PLACES[goal['place']]:14}{_short(got):>8} {what},"
                          f" goal {_short(bound)}"
                          + (f", limit {_short(limit)}" if limit is not None else ""))
    if not met and not missed:
        return ""
    return "\n".join([f"{met} of {met + len(missed)} goals are met"
                      + (", these are not:" if missed else "."), *missed, ""])


def exact(found):
    """The entries that are the same in each run, as {(name, place, unit): value}."""
    return {(e["name"], e["place"], e["unit"]): e["value"] for e in found if e.get("steady", True)
            and (e["place"] == "pico" or e["unit"] in ("bytes", "instructions"))}


def worse(old, new):
    """A sentence for each exact figure that is worse than in `old` by more than TOLERANCE."""
    was, now = exact(old), exact(new)
    found = []
    for key, before in was.items():
        name, place, unit = key
        after = now.get(key)
        if after is None and unit == "bytes of flash":
            continue  # the module was removed
        if after is None:
            found.append(f"{name}: no {unit} on the {PLACES[place]} any more; it was"
                         f" {_short(before)}")
        elif (before * (1 - TOLERANCE) > after if unit in HIGHER_IS_BETTER
              else before * (1 + TOLERANCE) < after):
            found.append(f"{name}: {before:.2f} {unit} has become {after:.2f} on the"
                         f" {PLACES[place]}{_percent(before, after)}")
    return found


def comparison(old, new):
    """The differences between two lists of entries, as text."""
    was, now = exact(old), exact(new)
    lines = []
    for key in dict.fromkeys([*was, *now]):
        before, after = was.get(key), now.get(key)
        if before is None or after is None or abs(after - before) > before / 1000:
            lines.append(_change(key, before, after))
    lines = ["exact figures:", *(lines or ["  no change"])]
    ratios = [{(e["name"], e["place"], f"x {e['peer']}"): e for e in found
               if e["unit"] == "us" and e["place"] == "unix" and e["peer"]}
              for found in (old, new)]
    if not ratios[1]:
        return "\n".join(lines)
    lines += ["", "Unix port, ratios:"]
    noisy = []
    for key in ratios[1]:
        before, after = ratios[0].get(key), ratios[1][key]
        if before is None:
            noisy.append(_change(key, None, after["ratio"]))
        elif abs(after["ratio"] / before["ratio"] - 1) > max(
                TOLERANCE, (before["spread"] + after["spread"]) / 100):
            noisy.append(_change(key, before["ratio"], after["ratio"]))
    return "\n".join(lines + (noisy or ["  no change beyond the spread"]))


def _change(key, before, after):
    name, place, unit = key
    return (f"  {name:38} {PLACES[place]:12} {unit:18} {_short(before) or 'new':>8} ->"
            f" {_short(after) or 'gone':>8}{_percent(before, after)}")


def _percent(before, after):
    return f" ({(after / before - 1) * 100:+.1f} %)" if before and after is not None else ""


SERIES = {"tickslot": "#1b6ca8", "asyncio": "#e0913a", "fresh": "#f2cfa4",
          "limit": "#b4bcc2"}
FOOT = ("Logarithmic; shorter is better. Limit: a bare loop for that one thing.",
        "Fresh: asyncio right after a collection; else its heap fills again and again.")
ROW, HEAD, PANEL, LABELS = 66, 96, 460, 190  # of the picture, in pixels


def picture(found, file):
    """Draw the headline operations of tickslot and its peers, with a panel for each place."""
    panels = {}
    for place, title in PLACES.items():
        rows = _bars(found, place)
        if rows:
            panels[f"{title}: us, one operation"] = rows
    # One order for all panels, the slowest at the bottom.
    names = list(dict.fromkeys(name for rows in reversed(panels.values())
                               for name in sorted(rows, key=lambda name: rows[name]["tickslot"])))
    height = HEAD + ROW * len(names)
    charts, left = [], 0
    for title, rows in panels.items():
        width = PANEL if left else PANEL + LABELS
        chart = _panel(title, rows, names, width, height, labels=not left)
        charts.append(f'<svg x="{left}" width="{width}" height="{height}">{chart}</svg>')
        left += width
    for line in FOOT:
        charts.append(f'<text x="16" y="{height + 14}" font-family="sans-serif" font-size="12">'
                      f'{line}</text>')
        height += 20
    file.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left} {height}"'
                    f' width="{left}" height="{height}" style="background: white">{"".join(charts)}'
                    '</svg>')


def _bars(found, place):
    """{name: {series: us}} of the headlines."""
    rows = {}
    for entry in found:
        if entry["headline"] and entry["unit"] == "us" and entry["place"] == place:
            row = rows.setdefault(entry["name"], {"tickslot": entry["value"]})
            if entry["peer"]:
                row[entry["peer"]] = entry["peer_value"]
            if "fresh_ratio" in entry:
                row["fresh"] = entry["fresh_ratio"] * entry["value"]
    return rows


def _panel(title, rows, names, width, height, labels):
    import pygal
    from pygal.style import Style

    values = [value for row in rows.values() for value in row.values()]
    decades = [10.0 ** power for power in range(-3, 9)]
    low = max(decade for decade in decades if decade < min(values))
    style = Style(background="white", plot_background="white", font_family="sans-serif",
                  colors=tuple(SERIES.values()), opacity="1", title_font_size=15,
                  label_font_size=12, legend_font_size=12, value_font_size=10,
                  value_colors=("white", "#222", "#222", "#222"))
    chart = pygal.HorizontalBar(
        style=style, js=(), logarithmic=True, range=(low, max(values) * 1.5), zero=low,
        y_labels=[decade for decade in decades if low <= decade < max(values) * 1.5],
        print_values=True, show_legend=True, legend_at_bottom=True, truncate_legend=-1,
        legend_at_bottom_columns=len(SERIES), width=width, height=height, value_formatter=_short,
        title=title)
    chart.x_labels = [name if labels else "" for name in names[::-1]]  # from the bottom up
    for series in SERIES:
        chart.add(series, [rows.get(name, {}).get(series) for name in names[::-1]])
    return chart.render(is_unicode=True, disable_xml_declaration=True)
