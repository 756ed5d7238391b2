// A program that tripcurve starts beside itself, such as the service under test, and ends again
// with everything that the program has started.
//
// By posix_spawn: Boost.Process, as Debian 12 has it, waits with a deadline by forking a second
// process, and can neither wait for a group nor start without a handler of its own.
//
// Not thread-safe.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace tripcurve::child {

struct Command {
  std::vector<std::string> arguments;  // the program's name first; it is searched for in PATH
  // Set on top of tripcurve's own variables, which it has otherwise.
  std::vector<std::pair<std::string, std::string>> environment{};
  std::string folder{};  // that it works in; empty: tripcurve's own
  std::string output{};  // the file that gets what it writes, on stdout and stderr; empty: nobody
  // How long it may take to end after SIGTERM, before SIGKILL.
  Duration grace = std::chrono::seconds(5);
  // When it has ended by itself, what it has started goes on, such as a service that it restarts.
  bool rest_goes_on = false;

  [[nodiscard]] std::string text() const;  // as somebody would type it: "sleep 10"
  friend bool operator==(const Command&, const Command&) = default;
};

// The command that a shell makes of `line`.
[[nodiscard]] Command shell(const std::string& line);

// How a program ended: by itself with a code, or by a signal.
struct Ended {
  std::optional<int> code{};
  std::optional<int> signal{};

  [[nodiscard]] bool well() const { return code == 0; }
  [[nodiscard]] std::string text() const;  // "with code 1", "by signal 9 (Killed)"
  friend bool operator==(const Ended&, const Ended&) = default;
};

// One that was started. It has a process group of its own, so that Ctrl-C on the terminal does not
// reach it, and what it has started can be ended with it.
class Child {
 public:
  // The Error says what the system has against it: no such program, folder or file.
  [[nodiscard]] static Result<Child> start(const Command& command);

  ~Child();  // stops it, unless it has ended and its rest goes on
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;

  // How it ended, or empty while it runs. Waits up to so long for it.
  [[nodiscard]] std::optional<Ended> wait(Duration longest = {});

  // Asks it and what it has started to end, by SIGTERM, and after its grace by SIGKILL; waits until
  // they have. Does nothing to one that has ended and left nothing behind.
  Ended stop();
  // Its grace was over before it or what it has started had ended.
  [[nodiscard]] bool was_killed() const { return was_killed_; }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const Command& command() const { return command_; }

 private:
  Child(Command command, pid_t pid, int watched)
      : command_(std::move(command)), pid_(pid), watched_(watched) {}
  [[nodiscard]] bool group_is_gone(Duration longest) const;

  Command command_;
  pid_t pid_;    // and of its group; -1 when moved from
  int watched_;  // readable when it has ended
  std::optional<Ended> ended_{};
  bool was_killed_ = false;
};

// Kills all that were started and have not been stopped, with what they have started, and does not
// wait. For a process that ends at once; may be called by a signal's handler.
void kill_all() noexcept;

// Starts it, waits for its end and returns that. Stops it if it takes longer, or as soon as nobody
// `wants` it any more, which is asked some twenty times a second.
[[nodiscard]] Result<Ended> run(
    const Command& command, Duration longest,
    const std::function<bool()>& wants = [] { return true; });

}  // namespace tripcurve::child
