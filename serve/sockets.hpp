// The sockets of a server of ours. Nothing on them waits beyond a deadline, nor beyond the moment
// the server stops, whatever the client does.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "serve/address.hpp"

namespace tripcurve::serve {

using Clock = std::chrono::steady_clock;

// An open file of ours, closed in the end.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;

  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

// Ends every wait of a server. Thread-safe.
class Stop {
 public:
  Stop();  // throws std::system_error
  void request() const;

  // Waits until `fd` is ready for `events` (of poll); false when the deadline came first, or the
  // stop, which also ends a wait for nothing but the deadline (fd -1).
  [[nodiscard]] bool wait(int fd, short events, Clock::time_point deadline) const;
  [[nodiscard]] bool requested() const;

 private:
  Descriptor event_;
};

// One client.
class ClientSocket {
 public:
  ClientSocket(Descriptor socket, const Stop& stop) : socket_(std::move(socket)), stop_(stop) {}

  // What came; empty when nothing will: the client has left, the deadline came, or the stop.
  [[nodiscard]] std::string_view receive(Clock::time_point deadline);

  // False when not all of it went out.
  [[nodiscard]] bool send(std::string_view bytes, Clock::time_point deadline);

  // Says that nothing follows, and drops what still comes: to close while there is some unread
  // would be a reset, which may take the answer away from the client.
  void finish(Clock::time_point deadline);

 private:
  Descriptor socket_;
  const Stop& stop_;
  std::array<char, 4096> buffer_;
};

// Where clients come in.
class Listener {
 public:
  // Throws std::system_error, with `flag` in its words, when it cannot listen there.
  Listener(Address address, const std::string& flag);

  [[nodiscard]] const Address& address() const { return address_; }  // with the real port

  // The next client; empty after the stop. Thread-safe.
  [[nodiscard]] std::optional<ClientSocket> accept(const Stop& stop) const;

 private:
  Address address_;
  Descriptor socket_;
};

}  // namespace tripcurve::serve
