// How the panel is drawn: which parts there are, where they go, and which are left out when the
// window is small.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/units.hpp"
#include "live/frame.hpp"
#include "live/line.hpp"
#include "live/text.hpp"

namespace tripcurve::live {
namespace {

using Lines = std::vector<std::string>;
using Heights = std::vector<std::optional<double>>;  // 0 to 1, by second; nothing when not known

constexpr int margin = 1;

// From these widths on there is room for ...
constexpr int width_of_axis = 34;             // the time axis beside the state
constexpr int width_of_state_details = 62;    // how long the state lasts and how often it opened
constexpr int width_of_measures_beside = 72;  // rates and response times beside the calls
constexpr int width_of_endpoints = 68;        // the table by endpoint
constexpr int width_of_services = 60;         // the table by service

constexpr std::size_t most_strips = 8;
constexpr int measures_begin = 39;
constexpr std::size_t measures = 6;  // with their heads

// Calm: of fixed width while the run is short. 2.1s, 2m05s, 1h02m.
std::string show_clock(Duration d) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(d).count();
  if (seconds < 100) {
    // Cut, not rounded: a clock does not show a time that has not come.
    return fmt::format("{}.{}s", seconds, d.count() / 100'000'000 % 10);
  }
  return seconds < 6000 ? fmt::format("{}m{:02}s", seconds / 60, seconds % 60)
                        : fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
}

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

}  // namespace

struct Panel::Painter {
  Painter(const Panel& observed, int width, const Style& how);

  [[nodiscard]] Lines paint(std::size_t rows) const;

 private:
  [[nodiscard]] Line line() const { return {width_, style_}; }
  [[nodiscard]] std::string_view glyph(std::string_view unicode, std::string_view ascii) const {
    return style_.unicode ? unicode : ascii;
  }

  // A row over time: a label, the axis from the run's begin to its end, and what is now.
  [[nodiscard]] bool has_axis() const { return axis_ > 0; }
  [[nodiscard]] int axis_begin() const { return margin + label_ + 1; }
  [[nodiscard]] int now_begin() const { return has_axis() ? axis_begin() + axis_ + 2 : margin; }
  [[nodiscard]] TimePoint time_at(int cell) const;
  [[nodiscard]] int cell_at(TimePoint when) const;
  void put_details(Line& line, std::string_view lasting, std::string_view opened, Ink ink) const;

  [[nodiscard]] std::string title() const;
  [[nodiscard]] std::string phase_names() const;
  [[nodiscard]] std::string phase_bar() const;
  [[nodiscard]] Lines strips(std::size_t rows) const;
  [[nodiscard]] std::string strip(std::size_t breaker) const;
  [[nodiscard]] Look look_of_cells(int axis_cell, const std::vector<Cell>& cells) const;
  [[nodiscard]] std::string other_states(std::size_t first) const;

  [[nodiscard]] Lines services(std::size_t rows) const;
  void put_pool(Line& line, double share, int begin, int end) const;

  [[nodiscard]] Lines numbers(std::size_t rows) const;
  [[nodiscard]] std::string numbers_in_short() const;
  [[nodiscard]] bool tries_again() const;
  [[nodiscard]] std::vector<Line> calls() const;
  void put_measures(std::vector<Line>& lines, std::size_t first, int begin) const;
  [[nodiscard]] Heights rates(std::uint64_t load::Counts::* count) const;
  [[nodiscard]] Heights responses(std::optional<Duration> Stretch::* percentile) const;
  void put_trend(Line& line, const Heights& heights) const;

  [[nodiscard]] Lines endpoints(std::size_t rows) const;
  [[nodiscard]] breaker::State state_of_endpoint(std::size_t endpoint) const;

  const Panel& panel_;
  Style style_;
  int width_;
  int label_ = 0;
  int axis_ = 0;
  Stretch recent_;  // the last second
};

Panel::Painter::Painter(const Panel& observed, int width, const Style& how)
    : panel_(observed), style_(how), width_(width) {
  for (const auto& name : panel_.scene_.breakers) {
    label_ = std::max(label_, columns(printable(name, style_.unicode)));
  }
  label_ = std::clamp(label_, 5, std::max(10, width_ / 5));
  if (width_ >= width_of_axis) {
    const int now_width = width_ >= width_of_state_details ? 27 : 11;
    axis_ = std::min(width_ - axis_begin() - 2 - now_width, static_cast<int>(strip_cells));
  }
  if (!panel_.recent_.empty()) {
    recent_ = panel_.recent_.front();
    std::for_each(panel_.recent_.begin() + 1, panel_.recent_.end(),
                  [this](const Stretch& later) { recent_ += later; });
  }
}

Lines Panel::Painter::paint(std::size_t rows) const {
  // The breaker's state is what must be seen; then, in this order, what gives it a meaning.
  const std::size_t breakers = panel_.strips_.size();
  const std::size_t wanted = std::min(breakers, most_strips + 1);
  const std::size_t others = 1 + (has_axis() ? 2 : 0) + calls().size();
  const auto states = strips(std::min(wanted, rows > others ? rows - others : 1));
  std::size_t left = rows - states.size();

  const bool has_title = left >= 1;
  left -= has_title ? 1 : 0;
  const bool has_phases = has_axis() && left >= 3;
  left -= has_phases ? 2 : 0;
  const auto by_service = services(left);
  left -= by_service.size();
  const auto counts = numbers(left);
  left -= counts.size();
  const auto by_endpoint = endpoints(left);
  left -= by_endpoint.size();

  Lines all;
  const auto add = [&all](const Lines& part, bool after_blank) {
    if (after_blank && !part.empty()) {
      all.emplace_back();
    }
    all.insert(all.end(), part.begin(), part.end());
  };
  if (has_title) {
    add({title()}, false);
  }
  if (has_phases) {
    add({phase_names(), phase_bar()}, left >= 3);
  }
  add(states, false);
  add(by_service, left >= 3);
  add(counts, left >= 1);
  add(by_endpoint, left >= 2);
  return all;
}

TimePoint Panel::Painter::time_at(int cell) const {
  return at(panel_.scene_.timetable.end().time_since_epoch() / axis_ * cell);
}

int Panel::Painter::cell_at(TimePoint when) const {
  const double share = to_seconds(when.time_since_epoch()) /
                       to_seconds(panel_.scene_.timetable.end().time_since_epoch());
  return std::clamp(static_cast<int>(share * axis_), 0, axis_ - 1);
}

void Panel::Painter::put_details(Line& line, std::string_view lasting, std::string_view opened,
                                 Ink ink) const {
  if (width_ >= width_of_state_details) {
    line.put_right(lasting, now_begin() + 20, ink).put_right(opened, now_begin() + 27, ink);
  }
}

std::string Panel::Painter::title() const {
  const auto& scene = panel_.scene_;
  const auto clock =
      fmt::format(" {}{} / {}", panel_.now_ > scene.timetable.end() ? "draining " : "",
                  show_clock(panel_.now_.time_since_epoch()),
                  show_clock(scene.timetable.end().time_since_epoch()));
  const int clock_begin = width_ - columns(clock);
  const auto separator = glyph(" · ", " | ");

  auto row = line();
  row.move_to(margin).put(fit(scene.title, clock_begin - margin - 1, style_.unicode), Ink::strong);
  for (const auto& fact : {scene.turn.text(), scene.load, "seed " + std::to_string(scene.seed),
                           scene.dialect, scene.target}) {
    const auto text = std::string(separator) + fact;
    if (!fact.empty() && row.column() + columns(printable(text, style_.unicode)) < clock_begin) {
      row.put(text);
    }
  }
  if (row.column() + 2 < clock_begin) {
    row.put(" ");
    while (row.column() < clock_begin) {
      row.put(glyph("─", "-"), Ink::dim);
    }
  }
  return row.put_right(clock, width_).text();
}

std::string Panel::Painter::phase_names() const {
  const auto& phases = panel_.scene_.timetable.phases();
  const auto current = panel_.scene_.timetable.index_at(panel_.now_);
  auto row = line();
  row.move_to(margin).put(fit("phase", label_, style_.unicode), Ink::dim);
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const int begin = cell_at(phases[i].begin);
    const int end = i + 1 < phases.size() ? cell_at(phases[i + 1].begin) : axis_;
    if (end - begin >= 3) {
      row.move_to(axis_begin() + begin)
          .put(fit(phases[i].name, end - begin - 1, style_.unicode),
               i == current ? Ink::strong : Ink::dim);
    }
  }
  row.move_to(now_begin()).put("  now", Ink::dim);
  put_details(row, "for", "opened", Ink::dim);
  return row.text();
}

std::string Panel::Painter::phase_bar() const {
  const auto& timetable = panel_.scene_.timetable;
  const int progress = cell_at(panel_.now_);
  auto row = line();
  row.move_to(axis_begin());
  for (int cell = 0; cell < axis_; ++cell) {
    const auto overlaps = [&](const FaultWindow& fault) {
      return fault.begin < time_at(cell + 1) && time_at(cell) < fault.end;
    };
    const bool faulty = std::any_of(timetable.faults().begin(), timetable.faults().end(), overlaps);
    const bool over = cell < progress;
    if (cell == progress) {
      row.put(glyph("◆", ">"), Ink::strong);
    } else if (faulty) {
      row.put(over ? glyph("▞", "X") : glyph("╱", "x"), Ink::fault);
    } else {
      row.put(over ? glyph("━", "-") : glyph("┄", "."), Ink::dim);
    }
  }

  const auto* const fault = timetable.latest_fault(panel_.now_);
  const bool in_fault = fault != nullptr && panel_.now_ < fault->end;
  const auto since = fault == nullptr ? TimePoint{} : in_fault ? fault->begin : fault->end;
  row.move_to(now_begin());
  if (in_fault) {
    row.put(glyph("▞", "X"), Ink::fault).put(" ").put("FAULT", Ink::fault);
  } else {
    row.put(glyph("━", "-"), Ink::dim).put(" ").put("NO FAULT", Ink::dim);
  }
  put_details(row, show_clock(panel_.now_ - since), "", in_fault ? Ink::plain : Ink::dim);
  return row.text();
}

Lines Panel::Painter::strips(std::size_t rows) const {
  const std::size_t count = panel_.strips_.size();
  const std::size_t shown = count <= rows ? count : rows - 1;
  Lines all;
  for (std::size_t i = 0; i < shown; ++i) {
    all.push_back(strip(i));
  }
  if (shown < count) {
    all.push_back(other_states(shown));
  }
  return all;
}

std::string Panel::Painter::strip(std::size_t breaker) const {
  const auto& strip = panel_.strips_[breaker];
  const auto& name = panel_.scene_.breakers[breaker];
  auto row = line();
  if (has_axis()) {
    row.move_to(margin).put(fit(name, label_, style_.unicode)).move_to(axis_begin());
    for (int cell = 0; cell < axis_; ++cell) {
      const auto [shape, word, ink] = look_of_cells(cell, strip.cells);
      row.put(shape, ink);
    }
  }
  const auto [shape, word, ink] = look(strip.state, style_);
  row.move_to(now_begin()).put(shape, ink).put(" ").put(word, ink);
  if (has_axis()) {
    put_details(row, show_clock(std::max(panel_.now_ - strip.since, Duration{})),
                show_count(strip.opens), Ink::plain);
  } else {
    row.put(" ").put(name);
  }
  return row.text();
}

// A spell shorter than a cell is not lost: half-open wins over open, open over closed.
Look Panel::Painter::look_of_cells(int axis_cell, const std::vector<Cell>& cells) const {
  const auto share_begin = static_cast<std::size_t>(axis_cell) * strip_cells;
  const auto share_end = static_cast<std::size_t>(axis_cell + 1) * strip_cells;
  const auto axis = static_cast<std::size_t>(axis_);
  Cell seen;
  for (auto i = share_begin / axis; i < share_end / axis; ++i) {
    seen.closed |= cells[i].closed;
    seen.open |= cells[i].open;
    seen.half_open |= cells[i].half_open;
  }
  if (seen.half_open) {
    return look(breaker::State::half_open, style_);
  }
  if (seen.open) {
    return look(breaker::State::open, style_);
  }
  return seen.closed ? look(breaker::State::closed, style_) : Look{" ", "", Ink::plain};
}

// "+5 more: 2 OPEN, 3 CLOSED", for the breakers from `first` on.
std::string Panel::Painter::other_states(std::size_t first) const {
  using breaker::State;
  const auto count = panel_.strips_.size() - first;
  auto row = line();
  row.move_to(margin).put(
      first > 0 ? fmt::format("+{} more:", count) : fmt::format("{} breakers:", count), Ink::dim);
  for (const auto state :
       {State::open, State::half_open, State::closed, State::forced_open, State::disabled}) {
    const auto in_state =
        std::count_if(panel_.strips_.begin() + static_cast<std::ptrdiff_t>(first),
                      panel_.strips_.end(), [&](const Strip& s) { return s.state == state; });
    if (in_state > 0) {
      const auto [shape, word, ink] = look(state, style_);
      row.put("  ").put(shape, ink).put(fmt::format(" {} ", in_state)).put(word, ink);
    }
  }
  return row.text();
}

// A line for each service: how many of its workers are busy, how many calls wait for one, and how
// the breakers of its clients are.
Lines Panel::Painter::services(std::size_t rows) const {
  const auto& services = panel_.scene_.topology.services;
  const auto& now = panel_.latest_.services;
  if (services.empty() || now.size() != services.size() || width_ < width_of_services ||
      rows < std::min<std::size_t>(services.size() + 1, 4)) {
    return {};
  }
  int name_width = 7;
  for (const auto& service : services) {
    name_width = std::max(name_width, columns(printable(service.name, style_.unicode)));
  }
  const int bar_begin = margin + std::min(name_width, width_ / 4) + 2;
  const int bar_end = bar_begin + 20;
  const int busy_end = bar_end + 14;
  const int waiting_end = busy_end + 9;
  auto head = line();
  head.move_to(margin)
      .put("service", Ink::dim)
      .move_to(bar_begin)
      .put("busy workers", Ink::dim)
      .put_right("waiting", waiting_end, Ink::dim)
      .move_to(waiting_end + 2)
      .put("calls", Ink::dim);
  Lines all{head.text()};
  const std::size_t shown = services.size() < rows ? services.size() : rows - 2;
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& service = services[i];
    const auto& [busy, waiting, links] = now[i];
    const bool full = service.workers && busy >= *service.workers;
    auto row = line();
    row.move_to(margin).put(fit(service.name, bar_begin - margin - 2, style_.unicode));
    if (service.workers) {
      put_pool(row, static_cast<double>(busy) / *service.workers, bar_begin, bar_end);
    }
    row.put_right(
           service.workers ? fmt::format("{}/{}", busy, *service.workers) : std::to_string(busy),
           busy_end, full ? Ink::fault : Ink::plain)
        .put_right(std::to_string(waiting), waiting_end, waiting > 0 ? Ink::fault : Ink::plain)
        .move_to(waiting_end + 2);
    for (std::size_t link = 0; link < links.size(); ++link) {
      const auto [shape, word, ink] = look(links[link], style_);
      row.put(shape, ink)
          .put(" ")
          .put(panel_.scene_.topology.name(service.links[link].to), ink)
          .put("  ");
    }
    all.push_back(row.text());
  }
  if (shown < services.size()) {
    auto rest = line();
    rest.move_to(margin).put(fmt::format("+{} more", services.size() - shown), Ink::dim);
    all.push_back(rest.text());
  }
  return all;
}

// How full a pool is.
void Panel::Painter::put_pool(Line& line, double share, int begin, int end) const {
  const auto filled = static_cast<int>(std::ceil(std::clamp(share, 0.0, 1.0) * (end - begin)));
  line.move_to(begin);
  for (int cell = begin; cell < end; ++cell) {
    if (cell < begin + filled) {
      line.put(glyph("█", "#"), share >= 1 ? Ink::fault : Ink::plain);
    } else {
      line.put(glyph("░", "."), Ink::dim);
    }
  }
}

Lines Panel::Painter::numbers(std::size_t rows) const {
  if (rows == 0) {
    return {};
  }
  auto table = calls();
  if (table.size() > rows) {
    return {numbers_in_short()};
  }
  if (width_ >= width_of_measures_beside) {
    put_measures(table, 0, measures_begin);
  } else if (table.size() + measures <= rows) {
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
  const auto& total = panel_.latest_.total;
  const auto& delta = recent_.delta;
  std::vector<Line> rows;
  const auto add = [&](std::string_view label, std::string_view now, std::string_view sum,
                       std::string_view share, Ink ink) {
    rows.push_back(line());
    rows.back()
        .move_to(margin)
        .put(label, ink)
        .put_right(now, margin + 18, ink)
        .put_right(sum, margin + 28, ink)
        .put_right(share, margin + 35, ink);
  };
  const auto count = [&](std::string_view label, std::uint64_t now, std::uint64_t sum) {
    add(label, show_per_second(per_second(now, recent_.end - recent_.begin)), show_count(sum),
        show_share_of(sum, total.calls), Ink::plain);
  };
  add("calls", "now/s", "total", "share", Ink::dim);
  // With one request for each call, those are the sent calls; with several, they have their own
  // row.
  const std::string margin_of_ends = tries_again() ? "" : "  ";
  if (!tries_again()) {
    count("sent", delta.sent, total.sent);
  }
  count(margin_of_ends + "ok", delta.ok, total.ok);
  count(margin_of_ends + "failed", delta.failed(), total.failed());
  count(margin_of_ends + "  timed out", delta.timeouts, total.timeouts);
  count("fail-fast", delta.fail_fast, total.fail_fast);
  if (total.full > 0) {
    count("full", delta.full, total.full);
  }
  if (total.fallback > 0) {
    count("fallback", delta.fallback, total.fallback);
  }
  if (total.cached > 0) {
    count("  cached", delta.cached, total.cached);
  }
  if (total.queued > 0) {
    count("  queued", delta.queued, total.queued);
    count("  drained", delta.drained, total.drained);
    add("  in queue", show_count(total.still_queued()), "", "", Ink::plain);
  }
  if (total.lost > 0) {
    count("  lost", delta.lost, total.lost);
  }
  if (total.dropped > 0) {
    count("dropped", delta.dropped, total.dropped);
  }
  if (tries_again()) {
    count("requests", delta.sent, total.sent);
  }
  return rows;
}

// Into the lines from the `first` on; appends what is missing.
void Panel::Painter::put_measures(std::vector<Line>& lines, std::size_t first, int begin) const {
  lines.resize(std::max(lines.size(), first + measures), line());
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
}

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
  const auto per_instance = strips.size() / panel_.scene_.instances;
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

std::vector<std::string> Panel::render(Size size, const Style& style) const {
  // A third of a large window stays free for what scrolls by above the panel.
  const int rows = std::min(size.rows - 1, std::max(12, size.rows * 2 / 3));
  const int width = size.columns - 1;
  if (rows < 1 || width < 1) {
    return {};
  }
  return Painter(*this, width, style).paint(static_cast<std::size_t>(rows));
}

}  // namespace tripcurve::live
