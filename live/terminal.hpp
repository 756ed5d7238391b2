// The machine's side of the display: writing to a terminal or a pipe that may be slow or gone, and
// how big the window is.
#pragma once

#include <string>
#include <string_view>

#include "live/frame.hpp"

namespace tripcurve::live {

// The window behind `fd`; 80x24 when it does not tell.
[[nodiscard]] Size window_size(int fd);

// Writes to a file descriptor it does not own. What is put in goes out in one write(2) as long as
// the reader keeps up. When the reader is gone (EPIPE, EIO) everything is thrown away from then on.
// Any other failure throws std::system_error.
class Outlet {
 public:
  explicit Outlet(int fd) : fd_(fd) {}

  // All that was put in has gone out, and more would go out without waiting.
  [[nodiscard]] bool ready();
  // Puts text in and sends what goes without waiting; the rest goes with the next call.
  void put(std::string_view text);
  // Waits until all of it has gone out.
  void flush();

  [[nodiscard]] int fd() const { return fd_; }

 private:
  void send();
  // Whether the reader takes more within `timeout_ms`; -1 waits.
  [[nodiscard]] bool takes_more(int timeout_ms) const;

  int fd_;
  bool gone_ = false;
  std::string unsent_;
};

}  // namespace tripcurve::live
