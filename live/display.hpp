// What a person sees while a run goes: a panel that redraws in place on a terminal, plain lines in
// a pipe, or nothing. The run tells it what happened; it never asks, so it cannot slow the run.
//
// Not thread-safe: one thread drives it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/timetable.hpp"
#include "load/breaker_bank.hpp"
#include "report/progress.hpp"
#include "report/summary.hpp"
#include "topology/topology.hpp"

namespace tripcurve::live {

// Which of several runs of one experiment it is.
struct Turn {
  std::uint64_t run = 1;
  std::uint64_t of = 1;

  [[nodiscard]] std::string text() const;  // "run 2 of 3"; empty where there is only one
};

// Another run of the same experiment, which is over, to be shown beside this one as it was at the
// same time.
struct Beside {
  std::string label{};                     // "without"
  std::vector<report::Interval> points{};  // in order

  // What it had come to by then.
  [[nodiscard]] load::Counts total_at(TimePoint now) const;
};

// What stays the same during a run.
struct Scene {
  std::string title;   // the experiment's name
  std::string load;    // "200/s constant" or "10 workers"
  std::string target;  // "127.0.0.1:38211"
  std::uint64_t seed = 0;
  Timetable timetable;
  std::vector<std::string> endpoints;
  std::vector<std::string> breakers;             // names, by bank index
  std::uint32_t instances = 1;                   // the breakers are theirs in equal parts
  std::vector<breaker::State> initial_states{};  // of the breakers; closed where none is named
  std::string dialect;
  Turn turn{};
  topology::Topology topology{};  // whose services are shown; may be empty
  std::optional<Beside> beside{};
};

class Display {
 public:
  Display() = default;
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;
  virtual ~Display() = default;

  // How often tick() wants to be called; `Duration::max()` for never.
  [[nodiscard]] virtual Duration interval() const = 0;

  virtual void start(const Scene& scene) = 0;
  virtual void phase_began(const Phase& phase) = 0;
  virtual void transition(const load::BreakerEvent& event) = 0;
  virtual void tick(const report::Tick& tick) = 0;
  // A line of conversation that stays: a note, a warning.
  virtual void note(const std::string& line) = 0;
  // Something was done to the run by hand.
  virtual void intervention(const report::Intervention& intervention) { note(intervention.text); }
  // The window has another size.
  virtual void resized() {}
  // A run is over: takes the panel away; what scrolled by stays.
  virtual void finish() = 0;
  // No further run comes.
  virtual void series_over() {}
};

// How to show things on the terminal at hand.
struct Style {
  bool colour = true;   // off with NO_COLOR or TERM=dumb; states are told by word and shape anyway
  bool unicode = true;  // block characters; off when the locale is not UTF-8
};

// `fd` (standard error) is a terminal: the panel. `interval` is zero for the default, 100 ms.
[[nodiscard]] std::unique_ptr<Display> make_panel(int fd, Style style, Duration interval);
// `fd` is a pipe or a file: one plain line per interval (zero: 1 s) and per event. A run on the
// wire cannot wait for who reads the lines, and leaves some out when they are far behind; virtual
// time can.
enum class Haste : std::uint8_t { cannot_wait, can_wait };
[[nodiscard]] std::unique_ptr<Display> make_plain(int fd, Duration interval,
                                                  Haste haste = Haste::cannot_wait);
// --quiet.
[[nodiscard]] std::unique_ptr<Display> make_silent();

// What the environment says about the terminal behind `fd`.
[[nodiscard]] bool is_terminal(int fd);
[[nodiscard]] bool moves_its_cursor();  // not so one that is called "dumb", or nothing
[[nodiscard]] Style style_of_environment();

// Puts a terminal back as it was if the panel has hidden its cursor. From anywhere, a signal
// handler included; at most one thread has a panel.
void restore_terminal(int fd);

}  // namespace tripcurve::live
