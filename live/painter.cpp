// How the panel is drawn: which parts there are, where they go, and which are left out when the
// window is small.
#include "live/painter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/units.hpp"
#include "live/text.hpp"

namespace tripcurve::live {
namespace {

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

}  // namespace

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
