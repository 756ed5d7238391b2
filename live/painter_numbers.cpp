// The numbers on the panel: calls, response times, and both by endpoint.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/units.hpp"
#include "live/painter.hpp"
#include "live/text.hpp"

namespace tripcurve::live {
namespace {

double per_second(std::uint64_t count, Duration stretch) {
  return stretch > Duration{} ? static_cast<double>(count) / to_seconds(stretch) : 0;
}

std::string show_per_second(double rate) {
  return rate < 99.95 ? fmt::format("{:.1f}", rate)
                      : show_count(static_cast<std::uint64_t>(std::llround(rate)));
}

std::string show_share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-" : show_share(static_cast<double>(part) / static_cast<double>(whole));
}

using Of = std::uint64_t (*)(const load::Counts& counts);

template <std::uint64_t load::Counts::* member>
std::uint64_t of(const load::Counts& counts) {
  return counts.*member;
}

}  // namespace

Lines Panel::Painter::numbers(std::size_t rows) const {
  if (rows == 0) {
    return {};
  }
  auto table = calls();
  if (table.size() > rows) {
    return {numbers_in_short()};
  }
  const bool has_room_beside =
      width_ >= width_of_measures_beside && !panel_.scene_.beside.has_value();
  if (has_room_beside) {
    put_measures(table, 0, measures_begin);
  } else if (table.size() + measures() <= rows) {
    put_measures(table, table.size(), margin);
  }
  Lines all;
  for (const auto& row : table) {
    all.push_back(row.text());
  }
  return all;
}

std::string Panel::Painter::numbers_in_short() const {
  const auto& total = panel_.latest_.total;
  auto row = line();
  row.move_to(margin).put(
      fmt::format("{} {}", tries_again() ? "requests" : "sent", show_count(total.sent)));
  for (const auto& [label, count] :
       {std::pair{"failed", total.failed()}, std::pair{"fail-fast", total.fail_fast},
        std::pair{"ok", total.ok}}) {
    row.put(fmt::format("{}{} {}", glyph(" · ", " | "), label, show_count(count)));
  }
  return row.text();
}

// More requests than calls that were let out: policies retry or hedge.
bool Panel::Painter::tries_again() const {
  const auto& total = panel_.latest_.total;
  return total.sent + total.fail_fast + total.full + total.dropped > total.calls;
}

std::vector<Line> Panel::Painter::calls() const {
  using load::Counts;
  const auto& total = panel_.latest_.total;
  const auto twin = panel_.scene_.beside ? std::optional(panel_.twin()) : std::nullopt;
  std::vector<Line> rows;
  const auto add = [&](std::string_view label, const std::array<std::string, 3>& numbers,
                       const std::array<std::string, 2>& beside, Ink ink) {
    rows.push_back(line());
    rows.back()
        .move_to(margin)
        .put(label, ink)
        .put_right(numbers[0], margin + 18, ink)
        .put_right(numbers[1], margin + 28, ink)
        .put_right(numbers[2], margin + 35, ink);
    if (twin && width_ >= width_of_measures_beside) {
      rows.back()
          .put_right(beside[0], measures_begin + 18, ink)
          .put_right(beside[1], measures_begin + 28, ink);
    }
  };
  const auto rate_of = [](const Stretch& stretch, Of of) {
    return show_per_second(per_second(of(stretch.delta), stretch.end - stretch.begin));
  };
  const auto count = [&](std::string_view label, Of of) {
    add(label, {rate_of(recent_, of), show_count(of(total)), show_share_of(of(total), total.calls)},
        {twin ? rate_of(twin->recent, of) : "", twin ? show_count(of(twin->total)) : ""},
        Ink::plain);
  };
  const auto count_if_any = [&](std::string_view label, Of of) {
    if (of(total) > 0 || (twin && of(twin->total) > 0)) {
      count(label, of);
    }
  };
  add("calls", {"now/s", "total", "share"},
      {(twin ? panel_.scene_.beside->label : "") + " now/s", "total"}, Ink::dim);
  // With one request for each call, those are the sent calls; with several, they have their own
  // row.
  const std::string margin_of_ends = tries_again() ? "" : "  ";
  if (!tries_again()) {
    count("sent", of<&Counts::sent>);
  }
  count(margin_of_ends + "ok", of<&Counts::ok>);
  count(margin_of_ends + "failed", [](const Counts& counts) { return counts.failed(); });
  count(margin_of_ends + "  timed out", of<&Counts::timeouts>);
  count("fail-fast", of<&Counts::fail_fast>);
  count_if_any("full", of<&Counts::full>);
  count_if_any("fallback", of<&Counts::fallback>);
  count_if_any("  cached", of<&Counts::cached>);
  count_if_any("  queued", of<&Counts::queued>);
  count_if_any("  drained", of<&Counts::drained>);
  if (total.queued > 0) {
    add("  in queue", {show_count(total.still_queued()), "", ""},
        {twin ? show_count(twin->total.still_queued()) : "", ""}, Ink::plain);
  }
  count_if_any("  lost", of<&Counts::lost>);
  count_if_any("dropped", of<&Counts::dropped>);
  if (tries_again()) {
    count("requests", of<&Counts::sent>);
  }
  if (twin) {
    const auto response = [](std::optional<Duration> d) { return d ? show_duration(*d) : "-"; };
    add("p99", {response(recent_.p99), "", ""}, {response(twin->recent.p99), ""}, Ink::plain);
  }
  return rows;
}

// Into the lines from the `first` on; appends what is missing.
void Panel::Painter::put_measures(std::vector<Line>& lines, std::size_t first, int begin) const {
  lines.resize(std::max(lines.size(), first + measures()), line());
  auto* row = &lines[first];
  const int now_end = begin + 22;
  const auto add = [&](std::string_view label, std::string_view now, const Heights& trend) {
    row->move_to(begin).put(label).put_right(now, now_end).move_to(now_end + 2);
    put_trend(*row++, trend);
  };
  const auto rate = [&](std::uint64_t count) {
    return show_per_second(per_second(count, recent_.end - recent_.begin)) + "/s";
  };
  const auto response = [](std::optional<Duration> d) { return d ? show_duration(*d) : "-"; };

  (row++)->put_right("now", now_end, Ink::dim).move_to(now_end + 2).put("by second", Ink::dim);
  add(tries_again() ? "calls" : "before breaker", rate(recent_.delta.calls),
      rates(&load::Counts::calls));
  add(tries_again() ? "requests" : "after breaker", rate(recent_.delta.sent),
      rates(&load::Counts::sent));
  add("p50 response", response(recent_.p50), responses(&Stretch::p50));
  add("p99 response", response(recent_.p99), responses(&Stretch::p99));
  add("in flight", show_count(panel_.latest_.in_flight), {});
  if (panel_.latest_.limit > 0) {
    add("limit", show_count(panel_.latest_.limit), {});
  }
}

// With their heads.
std::size_t Panel::Painter::measures() const { return panel_.latest_.limit > 0 ? 7 : 6; }

// On a scale from zero to the highest rate of calls or requests.
Heights Panel::Painter::rates(std::uint64_t load::Counts::* count) const {
  const auto rate = [](const Stretch& s, std::uint64_t n) {
    return per_second(n, s.end - s.begin);
  };
  double most = 0;
  for (const auto& second : panel_.trend_) {
    most = std::max({most, rate(second, second.delta.calls), rate(second, second.delta.sent)});
  }
  Heights heights;
  for (const auto& second : panel_.trend_) {
    heights.emplace_back(most > 0 ? rate(second, second.delta.*count) / most : 0);
  }
  return heights;
}

// On a logarithmic scale that p50 and p99 share, and that spans at least a factor of ten: noise
// shall not look like news.
Heights Panel::Painter::responses(std::optional<Duration> Stretch::* percentile) const {
  const auto log = [](Duration d) { return std::log10(std::max(to_seconds(d), 1e-9)); };
  double least = 5;  // above all that is measured
  double most = -9;
  for (const auto& second : panel_.trend_) {
    least = std::min(least, second.p50 ? log(*second.p50) : least);
    most = std::max(most, second.p99 ? log(*second.p99) : most);
  }
  const double span = std::max(most - least, 1.0);
  Heights heights;
  for (const auto& second : panel_.trend_) {
    const auto& value = second.*percentile;
    heights.push_back(value ? std::optional((log(*value) - least) / span) : std::nullopt);
  }
  return heights;
}

// As many of the latest seconds as there is room for.
void Panel::Painter::put_trend(Line& line, const Heights& heights) const {
  static constexpr std::array blocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr std::array letters = {".", "_", "-", "=", "+", "*", "#"};
  const auto room = static_cast<std::size_t>(std::max(line.room(), 0));
  for (auto i = heights.size() - std::min(room, heights.size()); i < heights.size(); ++i) {
    const auto step_of = [&](std::size_t steps) {
      const double step =
          std::floor(std::clamp(*heights[i], 0.0, 1.0) * static_cast<double>(steps));
      return std::min(static_cast<std::size_t>(step), steps - 1);
    };
    if (!heights[i]) {
      line.move_to(line.column() + 1);
    } else {
      line.put(style_.unicode ? blocks[step_of(blocks.size())] : letters[step_of(letters.size())]);
    }
  }
}

// Of the breakers that protect it, one for each instance, the one that keeps most away.
breaker::State Panel::Painter::state_of_endpoint(std::size_t endpoint) const {
  const auto& strips = panel_.strips_;
  // One that all instances share counts as everybody's.
  const auto per_instance = std::max<std::size_t>(1, strips.size() / panel_.scene_.instances);
  auto state = breaker::State::closed;
  for (auto i = per_instance == 1 ? 0 : endpoint; i < strips.size(); i += per_instance) {
    if (breaker::claims_open(strips[i].state)) {
      return strips[i].state;
    }
    state = strips[i].state == breaker::State::closed ? state : strips[i].state;
  }
  return state;
}

Lines Panel::Painter::endpoints(std::size_t rows) const {
  const auto& names = panel_.scene_.endpoints;
  if (names.size() < 2 || width_ < width_of_endpoints ||
      rows < std::min<std::size_t>(names.size() + 1, 4)) {
    return {};
  }
  int name_width = 8;
  for (const auto& name : names) {
    name_width = std::max(name_width, columns(printable(name, style_.unicode)));
  }
  const int state_begin = margin + std::min(name_width, width_ - width_of_endpoints + 8) + 2;
  const auto row_of = [&](std::string_view name, const Look& state,
                          const std::array<std::string, 4>& numbers, Ink ink) {
    auto row = line();
    row.move_to(margin).put(fit(name, state_begin - margin - 2, style_.unicode), ink);
    row.move_to(state_begin).put(state.shape, state.ink).put(" ").put(state.word, state.ink);
    int end = state_begin + 13;
    for (const auto& number : numbers) {
      row.put_right(number, end += 11, ink);
    }
    return row.text();
  };
  const auto numbers_of = [](const load::Counts& counts) {
    return std::array{show_count(counts.calls), show_count(counts.ok), show_count(counts.failed()),
                      show_count(counts.fail_fast)};
  };

  Lines all{row_of("endpoint", {" ", "breaker", Ink::dim}, {"calls", "ok", "failed", "fail-fast"},
                   Ink::dim)};
  const std::size_t shown = names.size() < rows ? names.size() : rows - 2;
  for (std::size_t i = 0; i < shown; ++i) {
    all.push_back(row_of(names[i], look(state_of_endpoint(i), style_),
                         numbers_of(panel_.latest_.endpoints[i]), Ink::plain));
  }
  if (shown < names.size()) {
    load::Counts rest;
    for (std::size_t i = shown; i < names.size(); ++i) {
      rest += panel_.latest_.endpoints[i];
    }
    all.push_back(row_of(fmt::format("+{} more", names.size() - shown), {"", "", Ink::plain},
                         numbers_of(rest), Ink::dim));
  }
  return all;
}

}  // namespace tripcurve::live
