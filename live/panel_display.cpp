#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/ensure.hpp"
#include "live/frame.hpp"
#include "live/line.hpp"
#include "live/terminal.hpp"
#include "live/text.hpp"
#include "report/words.hpp"

namespace tripcurve::live {
namespace {

constexpr int states_width = 21;  // "HALF-OPEN -> = CLOSED"

// Lines that stay, and under them a panel that is painted over in place. All that changes on the
// screen goes out in one piece, between marks that let the terminal show it at once.
//
// When the terminal is slow or stopped (Ctrl-S), frames are left out; lines that stay are kept for
// the next frame that goes.
class PanelDisplay final : public Display {
 public:
  PanelDisplay(int fd, Style style, Duration interval)
      : outlet_(fd),
        style_(style),
        interval_(interval == Duration{} ? std::chrono::milliseconds(100) : interval) {}

  ~PanelDisplay() override { restore_terminal(outlet_.fd()); }

  [[nodiscard]] Duration interval() const override { return interval_; }

  void start(const Scene& scene) override {
    timetable_ = scene.timetable;
    breakers_ = scene.breakers;
    for (const auto& name : breakers_) {
      name_width_ = std::max(name_width_, columns(printable(name, style_.unicode)));
    }
    panel_.emplace(scene);
    draw();
  }

  void phase_began(const Phase& phase) override {
    auto line = stamped(phase.begin);
    line.put("phase ", Ink::dim).put(phase.name, phase.fault ? Ink::fault : Ink::strong);
    line.put(phase.fault ? " begins, a fault" : " begins", Ink::dim);
    keep({line.text()});
  }

  void transition(const load::BreakerEvent& event) override {
    ENSURE(panel_);
    panel_->observe(event);
    keep(transition_lines(event));
  }

  void tick(const report::Tick& tick) override {
    ENSURE(panel_);
    panel_->observe(tick);
    draw();
  }

  void note(const std::string& line) override {
    keep(wrap(printable(line, style_.unicode), line_width()));
  }

  void resized() override { draw(); }

  void finish() override {
    panel_.reset();
    send_frame();
    outlet_.flush(patience_at_the_end);
  }

 private:
  [[nodiscard]] int line_width() const {
    return std::max(window_size(outlet_.fd()).columns - 1, 2);
  }

  // "  5.214s  "
  [[nodiscard]] Line stamped(TimePoint when) const {
    Line line(line_width(), style_);
    line.put(fmt::format("{:>8.3f}s  ", to_seconds(when.time_since_epoch())), Ink::dim);
    return line;
  }

  // "5.214s  client  CLOSED → █ OPEN  cause (since)". What has no room beside the rest goes below
  // it.
  [[nodiscard]] std::vector<std::string> transition_lines(const load::BreakerEvent& event) const {
    const auto& [when, from, to, cause] = event.transition;
    const int width = line_width();
    auto line = stamped(when);
    const int name_width = std::min(name_width_, std::max(8, width / 3));
    const int state_begin = line.column() + name_width + 2;
    const int cause_begin = state_begin + states_width + 2;
    const int below = std::min(line.column(), width / 4);

    std::vector<std::string> lines;
    const auto next_line = [&] {
      lines.push_back(line.text());
      line = Line(width, style_);
    };
    line.put(fit(breakers_[event.breaker], name_width, style_.unicode));
    if (width - state_begin < states_width) {
      next_line();
      line.move_to(below);
    } else {
      line.move_to(state_begin);
    }
    const auto before = look(from, style_);
    const auto after = look(to, style_);
    line.put(before.word, before.ink).put(style_.unicode ? " → " : " -> ");
    line.put(after.shape, after.ink).put(" ").put(after.word, after.ink);

    const bool beside = width - cause_begin >= 24;
    const int indent = beside ? cause_begin : below;
    if (!beside) {
      next_line();
    }
    const auto put_words = [&](const std::string& words, Ink ink) {
      for (const auto& part : wrap(printable(words, style_.unicode), std::max(width - indent, 2))) {
        if (line.column() > indent && line.room() <= columns(part)) {
          next_line();
        }
        (line.column() > indent ? line.put(" ") : line.move_to(indent)).put(part, ink);
      }
    };
    put_words(cause, Ink::plain);
    if (const auto since = report::since_fault(when, *timetable_); !since.empty()) {
      put_words("(" + since + ")", Ink::dim);
    }
    next_line();
    return lines;
  }

  void keep(const std::vector<std::string>& lines) {
    kept_.insert(kept_.end(), lines.begin(), lines.end());
    draw();
  }

  void draw() {
    if (panel_ && outlet_.ready()) {
      send_frame();
    }
  }

  void send_frame() {
    const auto size = window_size(outlet_.fd());
    const auto panel = panel_ ? panel_->render(size, style_) : std::vector<std::string>{};

    std::string frame = "\x1b[?2026h\r";
    const int rows = rows_taken(size.columns);
    if (rows > 0) {
      frame += fmt::format("\x1b[{}A", rows);
    }
    // Each row is cleared as its line is painted. To clear the screen downwards first would flicker
    // where the marks are not known, and from the top row tmux would take it as leave to move the
    // old panel into its history.
    for (const auto* lines : {&std::as_const(kept_), &panel}) {
      for (const auto& line : *lines) {
        frame += "\x1b[2K" + line + '\n';
      }
    }
    if (!kept_.empty() || !panel.empty()) {
      frame += "\x1b[J";
    } else if (rows > 0) {
      frame += fmt::format("\x1b[{}M", rows);
    }
    frame += panel_ ? "\x1b[?25l" : "\x1b[?25h";
    frame += "\x1b[?2026l";

    note_cursor(panel_.has_value());
    kept_.clear();
    widths_.clear();
    for (const auto& line : panel) {
      widths_.push_back(columns(line));
    }
    outlet_.put(frame);
  }

  // Rows that the panel on the screen takes now: a terminal that became narrower has broken lines.
  [[nodiscard]] int rows_taken(int columns_now) const {
    int rows = 0;
    for (const int width : widths_) {
      rows += std::max(1, (width + columns_now - 1) / columns_now);
    }
    return rows;
  }

  Outlet outlet_;
  Style style_;
  Duration interval_;
  std::optional<Timetable> timetable_;
  std::vector<std::string> breakers_;
  int name_width_ = 0;
  std::optional<Panel> panel_;     // while it is on
  std::vector<std::string> kept_;  // lines that stay and are not yet on the screen
  std::vector<int> widths_;        // of the panel's lines on the screen
};

}  // namespace

std::unique_ptr<Display> make_panel(int fd, Style style, Duration interval) {
  return std::make_unique<PanelDisplay>(fd, style, interval);
}

}  // namespace tripcurve::live
