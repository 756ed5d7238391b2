#include "live/line.hpp"

#include <algorithm>

#include "core/ensure.hpp"
#include "core/text.hpp"
#include "live/text.hpp"

namespace tripcurve::live {
namespace {

// Sixteen-colour codes, so that the user's own palette decides how they look.
std::string_view escape(Ink ink) {
  switch (ink) {
    case Ink::plain:
      return "\x1b[0m";
    case Ink::dim:
      return "\x1b[0;2m";
    case Ink::strong:
      return "\x1b[0;1m";
    case Ink::good:
      return "\x1b[0;32m";
    case Ink::bad:
      return "\x1b[0;31m";
    case Ink::caution:
      return "\x1b[0;33m";
    case Ink::fault:
      return "\x1b[0;35m";
  }
  ENSURE(false);
}

}  // namespace

Line& Line::put(std::string_view text, Ink ink) {
  const auto clean = fit(text, room(), style_.unicode);
  if (clean.empty()) {
    return *this;
  }
  text_.append(static_cast<std::size_t>(gap_), ' ');
  gap_ = 0;
  if (style_.colour && ink != ink_) {
    text_ += escape(ink);
    ink_ = ink;
  }
  text_ += clean;
  column_ += columns(clean);
  return *this;
}

Line& Line::put_right(std::string_view text, int end, Ink ink) {
  return move_to(end - columns(printable(text, style_.unicode))).put(text, ink);
}

Line& Line::move_to(int column) {
  const int step = std::clamp(column - column_, 0, room());
  gap_ += step;
  column_ += step;
  return *this;
}

std::string Line::text() const {
  return ink_ == Ink::plain ? text_ : text_ + std::string(escape(Ink::plain));
}

Look look(breaker::State state, const Style& style) {
  const auto shape = [&](std::string_view unicode, std::string_view ascii) {
    return style.unicode ? unicode : ascii;
  };
  const auto ink = report::ink_of(state);
  switch (state) {
    case breaker::State::closed:
      return {shape("─", "="), "CLOSED", ink};
    case breaker::State::open:
      return {shape("█", "#"), "OPEN", ink};
    case breaker::State::half_open:
      return {shape("▒", "~"), "HALF-OPEN", ink};
    case breaker::State::forced_open:
      return {shape("█", "#"), "FORCED OPEN", ink};
    case breaker::State::disabled:
      return {shape("─", "="), "DISABLED", ink};
  }
  ENSURE(false);
}

std::string painted(const report::MarkedText& text, const Style& style) {
  if (!style.colour) {
    return harmless(text.text);
  }
  const std::string_view all = text.text;
  std::string out;
  std::size_t done = 0;
  for (const auto& [begin, end, ink] : text.marks) {
    out += harmless(all.substr(done, begin - done));
    done = end;
    const auto word = harmless(all.substr(begin, end - begin));
    out += ink == Ink::plain ? word
                             : std::string(escape(ink)) + word + std::string(escape(Ink::plain));
  }
  return out + harmless(all.substr(done));
}

}  // namespace tripcurve::live
