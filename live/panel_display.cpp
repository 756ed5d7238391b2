#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/ensure.hpp"
#include "live/frame.hpp"
#include "live/line.hpp"
#include "live/terminal.hpp"
#include "live/text.hpp"
#include "report/formats.hpp"

namespace tripcurve::live {
namespace {

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

  ~PanelDisplay() override {
    if (cursor_hidden_) {
      restore_terminal(outlet_.fd());
    }
  }

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
    outlet_.flush();
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

  // "5.214s  client  closed → open  cause (since)", the cause going on below itself when it is
  // long.
  [[nodiscard]] std::vector<std::string> transition_lines(const load::BreakerEvent& event) const {
    const auto& [when, from, to, cause] = event.transition;
    auto line = stamped(when);
    const int name_begin = line.column();
    const int state_begin = name_begin + name_width_ + 2;
    const int cause_begin = state_begin + 24;

    const auto before = look(from, style_);
    const auto after = look(to, style_);
    line.put(breakers_[event.breaker]).move_to(state_begin);
    line.put(before.word, before.ink).put(style_.unicode ? " → " : " -> ");
    line.put(after.shape, after.ink).put(" ").put(after.word, after.ink);

    auto words = cause;
    if (const auto since = report::since_fault(when, *timetable_); !since.empty()) {
      words += " (" + since + ")";
    }
    // Under the states, when there is no room beside them.
    const bool beside = line.room() > 0 && line_width() - cause_begin >= 24;
    const int indent = beside ? cause_begin : std::min(name_begin, line_width() / 4);
    std::vector<std::string> lines;
    if (!beside) {
      lines.push_back(line.text());
    }
    for (const auto& part :
         wrap(printable(words, style_.unicode), std::max(line_width() - indent, 2))) {
      auto next = beside && lines.empty() ? line : Line(line_width(), style_);
      lines.push_back(next.move_to(indent).put(part).text());
    }
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

    // Each line is painted over what was there and clears the rest of its row: to erase first would
    // flicker on terminals that do not know the marks.
    std::string frame = "\x1b[?2026h";
    if (const int rows = rows_taken(size.columns); rows > 0) {
      frame += fmt::format("\x1b[{}A", rows);
    }
    frame += '\r';
    for (const auto* lines : {&kept_, &panel}) {
      for (const auto& line : *lines) {
        frame += line + "\x1b[K\n";
      }
    }
    frame += "\x1b[J";
    frame += panel_ ? "\x1b[?25l" : "\x1b[?25h";
    frame += "\x1b[?2026l";

    cursor_hidden_ = panel_.has_value();
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
  bool cursor_hidden_ = false;
};

}  // namespace

std::unique_ptr<Display> make_panel(int fd, Style style, Duration interval) {
  return std::make_unique<PanelDisplay>(fd, style, interval);
}

}  // namespace tripcurve::live
