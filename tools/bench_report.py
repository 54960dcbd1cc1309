"""What becomes of a benchmark's figures: entries, tables, a comparison, a picture.

An entry is a dict, as in build/bench.json:

    name, place   such as "switch, 8 tasks", on "unix" or "pico"
    value, unit   tickslot's figure: "us" or "bytes" of one operation, or what the workload says
    peer          who else did it: "asyncio" or "limit"; None: nobody
    ratio         the peer's figure in tickslot's: 15 is "asyncio takes 15 times as long"
    peer_value    the peer's figure
    spread        of the ratio: half of the rounds are within so many per cent of the median
    headline      False for the other sizes of the same operation
    steady        False for what any change elsewhere shifts
"""

import statistics
import textwrap

OPERATION = ("us", "bytes")
HIGHER_IS_BETTER = ("times as fast",)
TOLERANCE = 0.03
PLACES = {"unix": "Unix port", "pico": "virtual Pico"}

# What the peers have nothing for: no row shows it.
CANNOT = """\
limit    is a loop of one's own for that one thing (each file in tools/bench/workloads says which)
         and does nothing else: no timers, no waiting, no errors kept apart.
asyncio  has no bounded queue, semaphore or select; cannot run with the heap locked; has no task
         limit, priority or fixed-rate loop; cannot run on two cores, nor be called from the other
         one but through ThreadSafeFlag, for one waiter, which polls; its clock cannot be replaced
         (here it was patched)."""


def entries(row, place):
    """The entries of what a workload handed in for one operation."""
    about = {"name": row["name"], "place": place, "headline": row["headline"],
             "steady": row.get("steady", True)}
    if "values" in row:
        return _beside_peers(about, row["unit"], row["values"])
    counts = row["operations"]
    rounds = {peer: [us / counts[peer] for us in measured] for peer, measured in row["us"].items()}
    found = _beside_peers(about, "us", {peer: statistics.median(us) for peer, us in rounds.items()})
    for entry in found:
        if entry["peer"] and len(rounds["tickslot"]) > 1:
            # The two of a round ran one after the other: what slowed the machine slowed both.
            ratios = [theirs / ours for ours, theirs in
                      zip(rounds["tickslot"], rounds[entry["peer"]], strict=True)]
            low, entry["ratio"], high = statistics.quantiles(ratios, n=4)
            entry["spread"] = 50 * (high - low) / entry["ratio"]
    return found + _beside_peers(about, "bytes", row["bytes"])


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
        lines = [f"{'':28}{'---- Unix port ----------':29} {'---- virtual Pico, 125 MHz -----':34}"
                 f"{'--- bytes ---':>16}",
                 f"{'one operation':27}{'us':>6}{'asyncio':>9}{'limit':>7}{'+-':>5}"
                 f"{'us':>9}{'asyncio':>9}{'':>8}{'limit':>7}{'':>8}{'asyncio':>9}"]
        lines += [_operation(name, found) for name in names]
        lines += ["", "x 15 is: takes 15 times as long as tickslot. Bytes: allocated, on the Pico.",
                  "The collector never runs within a figure: what it takes, garbage costs on top."]
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

    def times(place, who):
        ratio = peer(place, "us", who, "ratio")
        return "" if ratio is None else f"x{_short(ratio)}"

    spreads = [e["spread"] for e in at.values() if e["spread"] is not None]
    spread = "" if not spreads else f"{max(spreads):.0f}%" if max(spreads) < 100 else ">99%"
    return (f"{name:27}{value('unix', 'us'):>6}{times('unix', 'asyncio'):>9}"
            f"{times('unix', 'limit'):>7}{spread:>5}"
            f"{value('pico', 'us'):>9}{_short(peer('pico', 'us', 'asyncio', 'peer_value')):>9}"
            f"{times('pico', 'asyncio'):>8}{_short(peer('pico', 'us', 'limit', 'peer_value')):>7}"
            f"{value('pico', 'bytes'):>8}"
            f"{_short(peer('pico', 'bytes', 'asyncio', 'peer_value')):>9}").rstrip()


def _short(number):
    """Three digits that matter."""
    if number is None:
        return ""
    if number == 0 or abs(number) >= 100:
        return f"{number:.0f}"
    return f"{number:.{2 if abs(number) < 1 else 1 if abs(number) >= 10 else 2}f}"


def goals(wanted, found):
    """How many of the goals that were measured are met, and which are not, as text.

    A goal is an entry's name, place and unit with the value that it may have at most (at least,
    for what is better higher), or its peer and the least ratio to it.
    """
    missed, met = [], 0
    for goal in wanted:
        keys = {"unit": "us", **{key: goal[key] for key in goal if key not in ("value", "ratio")}}
        entry = next((entry for entry in found if keys.items() <= entry.items()), None)
        if entry is None:
            continue
        if "ratio" in goal:
            good, got, limit = entry["ratio"] >= goal["ratio"], entry["ratio"], goal["ratio"]
            what = f"x {goal['peer']}"
        else:
            got, limit, what = entry["value"], goal["value"], goal["unit"]
            good = got >= limit if what in HIGHER_IS_BETTER else got <= limit
        met += good
        if not good:
            missed.append(f"  {goal['name']:24}{PLACES[goal['place']]:14}{_short(got):>8} {what},"
                          f" goal {_short(limit)}")
    if not met and not missed:
        return ""
    return "\n".join([f"{met} of {met + len(missed)} goals are met"
                      + (", these are not:" if missed else "."), *missed, ""])


def exact(found):
    """Of the entries those that are the same in each run, {(name, place, unit): value}."""
    return {(e["name"], e["place"], e["unit"]): e["value"] for e in found
            if e.get("steady", True) and (e["place"] == "pico" or e["unit"] == "bytes")}


def worse(old, new):
    """The exact figures that are worse than in `old` by more than TOLERANCE, a sentence each."""
    was, now = exact(old), exact(new)
    found = []
    for key, before in was.items():
        name, place, unit = key
        after = now.get(key)
        if after is None and unit == "bytes of flash":
            continue  # a module less
        if after is None:
            found.append(f"{name}: no {unit} on the {PLACES[place]} any more; it was"
                         f" {_short(before)}")
        elif (before * (1 - TOLERANCE) > after if unit in HIGHER_IS_BETTER
              else before * (1 + TOLERANCE) < after):
            found.append(f"{name}: {before:.2f} {unit} has become {after:.2f} on the"
                         f" {PLACES[place]}{_percent(before, after)}")
    return found


def comparison(old, new):
    """What differs between two lists of entries, as text."""
    was, now = exact(old), exact(new)
    lines = []
    for key in dict.fromkeys([*was, *now]):
        before, after = was.get(key), now.get(key)
        if before is None or after is None or abs(after - before) > before / 1000:
            lines.append(_change(key, before, after))
    lines = ["exact figures:", *(lines or ["  no change"]), "", "Unix port, ratios:"]
    ratios = [{(e["name"], e["place"], f"x {e['peer']}"): e for e in found
               if e["unit"] == "us" and e["place"] == "unix" and e["peer"]}
              for found in (old, new)]
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


def picture(found, file):
    """Draw the headline operations on the virtual Pico, tickslot beside its peers."""
    import pygal
    from pygal.style import Style

    rows = {}
    for entry in found:
        if entry["headline"] and entry["unit"] == "us" and entry["place"] == "pico":
            row = rows.setdefault(entry["name"], {"tickslot": entry["value"]})
            row[entry["peer"]] = entry["peer_value"]
    style = Style(background="white", plot_background="white", font_family="sans-serif",
                  colors=("#b4bcc2", "#e0913a", "#1b6ca8"), opacity="1", title_font_size=16,
                  label_font_size=12, legend_font_size=13, value_font_size=10,
                  value_colors=("#222", "#222", "white"))
    if not rows:
        return
    highest = max(value or 0 for row in rows.values() for value in row.values())
    decades = [10 ** power for power in range(9) if 10 ** power < 10 * highest]
    chart = pygal.HorizontalBar(
        style=style, js=(), logarithmic=True, range=(1, highest * 2), y_labels=decades,
        print_values=True, zero=1, legend_at_bottom=True,
        width=900, height=90 + 62 * len(rows), value_formatter=_short,
        title="One operation on the virtual Pico (125 MHz): microseconds, shorter is better")
    names = sorted(rows, key=lambda name: rows[name]["tickslot"], reverse=True)
    chart.x_labels = names
    for peer in ("limit", "asyncio", "tickslot"):  # drawn from the bottom up
        chart.add(peer, [rows[name].get(peer) for name in names])
    chart.render_to_file(str(file))
