#!/usr/bin/env python3
"""Makes one C++ source of the page, its style, its script and the chart library.

The page becomes three pieces of text, cut where view.cpp puts in the Content-Security-Policy's
connect-src and the run's data. The policy names the hash of every script and style in the page, so a
browser runs these and nothing else.

Usage: embed.py --view DIR --chart-script FILE --chart-style FILE --out FILE
"""

import argparse
import base64
import hashlib
import re
from pathlib import Path


def without_source_map(text):
    """A browser's tools would ask for the map; the page asks for nothing."""
    return re.sub(r"(//|/\*)# sourceMappingURL=\S+( \*/)?\s*", "", text).strip()


def csp_hash(text):
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def array(name, text):
    data = text.encode()
    lines = (data[i : i + 32] for i in range(0, len(data), 32))
    numbers = ",\n".join(",".join(map(str, line)) for line in lines)
    return (
        f"constexpr unsigned char {name}_bytes[] = {{\n{numbers}}};\n"
        f"const std::string_view {name}(reinterpret_cast<const char*>({name}_bytes),"
        f" sizeof {name}_bytes);\n"
    )


def main():
    parser = argparse.ArgumentParser()
    for name in ("--view", "--chart-script", "--chart-style", "--out"):
        parser.add_argument(name, type=Path, required=True)
    given = parser.parse_args()

    licence = (given.view / "dygraphs-licence.txt").read_text()
    script = (given.view / "view.js").read_text()
    chart_script = f"/*!\n{licence}*/\n{without_source_map(given.chart_script.read_text())}"
    chart_style = without_source_map(given.chart_style.read_text())
    style = chart_style + "\n" + (given.view / "style.css").read_text()
    for text in (script, chart_script, style):
        if re.search(r"</(script|style)|<!--", text, re.IGNORECASE):
            raise SystemExit("embed.py: a script or style would end its own element")

    words = {
        "style": style,
        "script": script,
        "dygraphs": chart_script,
        "style_hashes": csp_hash(style),
        "script_hashes": f"{csp_hash(chart_script)} {csp_hash(script)}",
    }
    template = (given.view / "page.html").read_text()
    pieces = re.split(r"\{\{(?:connect|data)\}\}", template)
    fill = lambda text: re.sub(r"\{\{(\w+)\}\}", lambda found: words[found[1]], text)
    head, middle, tail = (fill(piece) for piece in pieces)

    given.out.write_text(
        "// Made by view/embed.py.\n"
        '#include "view/assets.hpp"\n\n'
        "namespace tripcurve::view {\nnamespace {\n\n"
        + "".join(array(name, text) for name, text in
                  (("head", head), ("middle", middle), ("tail", tail)))
        + "\n}  // namespace\n\n"
        "const Assets& assets() {\n"
        "  static const Assets all{head, middle, tail};\n"
        "  return all;\n}\n\n"
        "}  // namespace tripcurve::view\n"
    )


if __name__ == "__main__":
    main()
