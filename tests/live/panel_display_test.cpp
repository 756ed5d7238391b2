// The panel on a terminal: a pseudo terminal, and a screen that does what it is told.

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "live/display.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/live_run.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;
using breaker::State;
using testing::ContainsSubstring;
using testing::outage_scene;
using testing::Ticks;
using testing::transition;

namespace {

class Terminal {
 public:
  Terminal(int columns, int rows) : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) {
      throw std::runtime_error("no pseudo terminal");
    }
    slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY);
    resize(columns, rows);
  }
  ~Terminal() {
    hang_up();
    ::close(slave_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  [[nodiscard]] int fd() const { return slave_; }
  void resize(int columns, int rows) const {
    winsize window{};
    window.ws_col = static_cast<unsigned short>(columns);
    window.ws_row = static_cast<unsigned short>(rows);
    ::ioctl(master_, TIOCSWINSZ, &window);
  }
  // As Ctrl-S and Ctrl-Q do.
  void stop() const { ::tcflow(slave_, TCOOFF); }
  void go_on() const { ::tcflow(slave_, TCOON); }
  void hang_up() {
    if (master_ >= 0) {
      ::close(master_);
    }
    master_ = -1;
  }
  // Reads until a frame ends, or nothing comes for a while.
  [[nodiscard]] std::string read_frame(int patience_ms = 5000) const {
    std::string text;
    pollfd source{.fd = master_, .events = POLLIN, .revents = 0};
    while (!text.ends_with("\x1b[?2026l") && ::poll(&source, 1, patience_ms) == 1) {
      char buffer[4096];
      const auto size = ::read(master_, buffer, sizeof(buffer));
      text.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    }
    return text;
  }

 private:
  int master_;
  int slave_ = -1;
};

// A screen without history that knows the few commands the display uses. ASCII only.
class Screen {
 public:
  Screen(std::size_t columns, std::size_t rows) : columns_(columns), rows_(rows, "") {}

  void show(std::string text) {
    while (!text.empty()) {
      if (text.starts_with("\x1b[")) {
        const auto end = text.find_first_of("AJKMhl", 2);
        command(text[end], text.substr(2, end - 2));
        text.erase(0, end + 1);
      } else {
        character(text.front());
        text.erase(0, 1);
      }
    }
  }

  // The lines from the top to the last that is not empty, with those that have scrolled away.
  [[nodiscard]] std::vector<std::string> lines() const {
    auto all = history_;
    all.insert(all.end(), rows_.begin(), rows_.end());
    while (!all.empty() && all.back().empty()) {
      all.pop_back();
    }
    return all;
  }
  [[nodiscard]] bool cursor_shown() const { return cursor_shown_; }

  // What a terminal does to its lines when it becomes narrower.
  void narrow(std::size_t columns) {
    std::vector<std::string> broken;
    std::size_t row = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (i == row_) {
        row = broken.size();
      }
      auto line = rows_[i];
      do {
        broken.push_back(line.substr(0, columns));
        line.erase(0, std::min(columns, line.size()));
      } while (!line.empty());
    }
    row_ = row;
    columns_ = columns;
    while (row_ >= rows_.size()) {
      history_.push_back(broken.front());
      broken.erase(broken.begin());
      --row_;
    }
    broken.resize(rows_.size());
    rows_ = broken;
  }

 private:
  void command(char what, const std::string& number) {
    const auto count = [&] { return static_cast<std::size_t>(std::stoi(number)); };
    if (what == 'A') {
      row_ -= std::min(row_, count());
    } else if (what == 'J') {
      rows_[row_].resize(std::min(rows_[row_].size(), column_));
      std::fill(rows_.begin() + static_cast<std::ptrdiff_t>(row_) + 1, rows_.end(), "");
    } else if (what == 'K') {
      rows_[row_].clear();
    } else if (what == 'M') {
      for (std::size_t i = 0; i < count(); ++i) {
        rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(row_));
        rows_.emplace_back();
      }
    } else if (number == "?25") {
      cursor_shown_ = what == 'h';
    } else if (number != "?2026") {
      throw std::runtime_error("unknown command " + number + what);
    }
  }

  void character(char c) {
    if (c == '\r') {
      column_ = 0;
    } else if (c == '\n') {
      if (++row_ == rows_.size()) {
        history_.push_back(rows_.front());
        rows_.erase(rows_.begin());
        rows_.emplace_back();
        --row_;
      }
    } else {
      if (column_ == columns_) {
        throw std::runtime_error("a line is wider than the screen");
      }
      auto& row = rows_[row_];
      row.resize(std::max(row.size(), column_ + 1), ' ');
      row[column_++] = c;
    }
  }

  std::size_t columns_;
  std::vector<std::string> rows_;
  std::vector<std::string> history_;
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  bool cursor_shown_ = true;
};

constexpr live::Style ascii{.colour = false, .unicode = false};
constexpr load::Counts healthy{.calls = 20, .sent = 20, .ok = 20};

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const auto& line : lines) {
    all += line + "\n";
  }
  return all;
}

std::size_t times(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("transitions scroll by above one panel that is redrawn in place") {
  const Terminal terminal(80, 24);
  Screen screen(80, 24);
  const auto scene = outage_scene();
  const auto display = live::make_panel(terminal.fd(), ascii, {});
  Ticks ticks(scene);

  display->start(scene);
  screen.show(terminal.read_frame());
  display->phase_began(scene.timetable.phases()[0]);
  screen.show(terminal.read_frame());
  for (int i = 1; i <= 30; ++i) {
    display->tick(ticks.next(healthy));
    screen.show(terminal.read_frame());
    display->transition(transition(i * 100ms, State::closed, State::open, "cause"));
    screen.show(terminal.read_frame());
  }

  const auto lines = screen.lines();
  REQUIRE(lines[0] == "   0.000s  phase normal begins");
  for (std::size_t i = 1; i <= 30; ++i) {
    REQUIRE_THAT(lines[i], ContainsSubstring("00s  client  CLOSED -> # OPEN       cause"));
  }
  REQUIRE_THAT(lines[31], ContainsSubstring(" outage | 200/s constant | seed 42"));
  REQUIRE(times(joined(lines), "before breaker") == 1);
  REQUIRE_FALSE(screen.cursor_shown());
}

TEST_CASE("at the end the panel is gone, the transitions stay and the cursor is back") {
  const Terminal terminal(80, 24);
  Screen screen(80, 24);
  const auto display = live::make_panel(terminal.fd(), ascii, {});
  display->start(outage_scene());
  screen.show(terminal.read_frame());
  display->transition(transition(5214ms, State::closed, State::open, "5 failures in a row"));
  screen.show(terminal.read_frame());
  display->note("stopping");
  screen.show(terminal.read_frame());
  display->finish();
  screen.show(terminal.read_frame());

  const std::vector<std::string> expected = {
      "   5.214s  client  CLOSED -> # OPEN       5 failures in a row",
      "                                          (214ms after the fault began)", "stopping"};
  REQUIRE(screen.lines() == expected);
  REQUIRE(screen.cursor_shown());
}

TEST_CASE("a window that becomes narrower keeps no rest of the wider panel") {
  const Terminal terminal(80, 40);
  Screen screen(80, 40);
  const auto scene = outage_scene();
  const auto display = live::make_panel(terminal.fd(), ascii, {});
  display->start(scene);
  screen.show(terminal.read_frame());
  display->phase_began(scene.timetable.phases()[0]);
  screen.show(terminal.read_frame());

  terminal.resize(50, 40);
  screen.narrow(50);
  display->resized();
  screen.show(terminal.read_frame());
  const auto lines = screen.lines();
  REQUIRE(lines[0] == "   0.000s  phase normal begins");
  REQUIRE_THAT(lines[1], ContainsSubstring(" outage | 200/s constant"));
  REQUIRE(times(joined(lines), "outage |") == 1);
  REQUIRE(times(joined(lines), "fail-fast") == 1);
}

TEST_CASE("a frame is one piece between the marks of a synchronised update") {
  const Terminal terminal(80, 24);
  const auto display = live::make_panel(terminal.fd(), ascii, {});
  display->start(outage_scene());
  const auto frame = terminal.read_frame();
  REQUIRE_THAT(frame, testing::StartsWith("\x1b[?2026h"));
  REQUIRE(times(frame, "\x1b[?2026h") == 1);
  REQUIRE(times(frame, "\x1b[?2026l") == 1);
}

TEST_CASE("a stopped terminal holds nothing up and gets the transitions afterwards") {
  const Terminal terminal(80, 24);
  Screen screen(80, 24);
  const auto scene = outage_scene();
  const auto display = live::make_panel(terminal.fd(), ascii, {});
  Ticks ticks(scene);
  display->start(scene);
  screen.show(terminal.read_frame());

  terminal.stop();
  for (int i = 1; i <= 300; ++i) {
    display->tick(ticks.next(healthy));
  }
  display->transition(transition(1s, State::closed, State::open, "first"));
  display->transition(transition(2s, State::open, State::closed, "second"));
  REQUIRE(terminal.read_frame(0).empty());

  terminal.go_on();
  display->tick(ticks.next(healthy));
  screen.show(terminal.read_frame());
  const auto lines = screen.lines();
  REQUIRE_THAT(lines[0], ContainsSubstring("first"));
  REQUIRE_THAT(lines[1], ContainsSubstring("second"));
  REQUIRE_THAT(joined(lines), ContainsSubstring("6,020"));
}

TEST_CASE("a terminal that is closed does not end the run") {
  Terminal terminal(80, 24);
  const auto scene = outage_scene();
  const auto display = live::make_panel(terminal.fd(), ascii, {});
  Ticks ticks(scene);
  display->start(scene);
  terminal.hang_up();
  REQUIRE_NOTHROW(display->tick(ticks.next(healthy)));
  REQUIRE_NOTHROW(display->transition(transition(1s, State::closed, State::open, "cause")));
  REQUIRE_NOTHROW(display->finish());
}

TEST_CASE("a panel that is thrown away shows the cursor again") {
  const Terminal terminal(80, 24);
  Screen screen(80, 24);
  {
    const auto display = live::make_panel(terminal.fd(), ascii, {});
    display->start(outage_scene());
    screen.show(terminal.read_frame());
    REQUIRE_FALSE(screen.cursor_shown());
  }
  REQUIRE_THAT(terminal.read_frame(100), ContainsSubstring("\x1b[?25h"));
}

TEST_CASE("a cause cannot command the terminal") {
  const Terminal terminal(80, 24);
  const auto display = live::make_panel(terminal.fd(), ascii, {});
  display->start(outage_scene());
  (void)terminal.read_frame();
  display->transition(transition(1s, State::closed, State::open, "\x1b[31mred\x1b]0;x\x07"));
  auto frame = terminal.read_frame();
  display->note("\x1b[31m");
  frame += terminal.read_frame();
  REQUIRE_THAT(frame, ContainsSubstring("?[31mred?]0;x?"));
  REQUIRE(times(frame, "\x1b[31m") == 0);
}

TEST_CASE("a narrow window tells all of a transition on several lines") {
  for (const int columns : {80, 40, 30}) {
    const Terminal terminal(columns, 24);
    Screen screen(static_cast<std::size_t>(columns), 24);
    const auto scene = outage_scene({"/a", "/checkout"}, {"/a", "/checkout"});
    const auto display = live::make_panel(terminal.fd(), ascii, {});
    display->start(scene);
    screen.show(terminal.read_frame());
    display->transition(
        transition(8s, State::half_open, State::closed, "2 trials in a row succeeded", 1));
    screen.show(terminal.read_frame());
    display->finish();
    screen.show(terminal.read_frame());
    std::string words;
    for (const auto& line : screen.lines()) {
      words += line + " ";
    }
    words.erase(std::unique(words.begin(), words.end(),
                            [](char a, char b) { return a == ' ' && b == ' '; }),
                words.end());
    REQUIRE(words ==
            " 8.000s /checkout HALF-OPEN -> = CLOSED 2 trials in a row succeeded (3.00s after the "
            "fault began) ");
  }
}
