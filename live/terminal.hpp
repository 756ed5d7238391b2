// The machine's side of the display: writing to a terminal or a pipe that may be slow or gone, and
// how big the window is.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include "core/time.hpp"
#include "live/frame.hpp"

namespace tripcurve::live {

// How long the end of a run waits for somebody who takes nothing of what is shown live.
inline constexpr Duration patience_at_the_end = std::chrono::seconds(1);

// The window behind `fd`; 80x24 when it does not tell.
[[nodiscard]] Size window_size(int fd);

// The panel has hidden the cursor, or shows it again: what restore_terminal() goes by.
void note_cursor(bool hidden);

// Writes to a pipe, a terminal or a file, whose reader may be slow or gone, without ever waiting
// for it unless asked to. What does not go out at once is kept. When a write fails, as it does when
// the reader is gone, everything is thrown away from then on.
class Outlet {
 public:
  explicit Outlet(int fd);  // does not own it
  ~Outlet();
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;

  // All that was put in has gone out, and more would go out without waiting.
  [[nodiscard]] bool ready();
  // Puts text in and sends what goes without waiting; the rest goes with the next call.
  void put(std::string_view text);
  // Waits until all of it has gone out: as long as the reader takes some within `patience`, and no
  // signal to end (SIGINT, SIGTERM, SIGHUP) is waiting for this thread. False when some is left.
  bool flush(Duration patience);

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::size_t unsent() const { return unsent_.size(); }
  [[nodiscard]] std::error_code failure() const { return failure_; }  // that of the first write

 private:
  void send();
  // Whether the reader takes more within `timeout_ms`.
  [[nodiscard]] bool takes_more(int timeout_ms) const;

  int fd_;
  int way_;  // the file to write to: fd_, or the same opened anew, so as not to block
  std::error_code failure_;
  std::string unsent_;
};

}  // namespace tripcurve::live
