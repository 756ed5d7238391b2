// A client that can do what a well-behaved HTTP library does not: write single bytes, pipeline,
// tell a reset from a close, leave in the middle. Every wait has a deadline.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace tripcurve::net::testing {

inline constexpr std::chrono::seconds patience{20};

// Whether `condition` came true in time.
template <typename Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

class Wire {
 public:
  // Not connected when the port is closed, or closes at that very moment, which is a reset; throws
  // on any other trouble.
  explicit Wire(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    check(fd_);
    const timeval limit{patience.count(), 0};
    check(::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    const auto address = loopback(port);
    connected_ = ::connect(fd_, generic(address), sizeof address) == 0;
    if (!connected_ && errno != ECONNREFUSED && errno != ECONNRESET) {
      check(-1);
    }
  }
  ~Wire() { leave(); }
  Wire(Wire&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  Wire& operator=(Wire&&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }

  // False when the peer has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // All bytes until the peer closes or resets the connection; the error is empty for a close.
  struct Ending {
    std::string bytes;
    std::error_code error;
  };
  Ending receive_to_end() {
    Ending ending;
    std::array<char, 4096> chunk;
    for (;;) {
      const auto got = ::recv(fd_, chunk.data(), chunk.size(), 0);
      if (got < 0) {
        ending.error = {errno, std::generic_category()};
      }
      if (got <= 0) {
        return ending;
      }
      ending.bytes.append(chunk.data(), static_cast<std::size_t>(got));
    }
  }

  // At least `count` bytes, or fewer when the connection ends or nothing comes in time.
  std::string receive(std::size_t count) {
    std::string bytes;
    std::array<char, 4096> chunk;
    while (bytes.size() < count) {
      const auto got = ::recv(fd_, chunk.data(), chunk.size(), 0);
      if (got <= 0) {
        break;
      }
      bytes.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return bytes;
  }

  // At most `count` bytes that are there, and no more; none when the connection ends or nothing
  // comes in time.
  std::string receive_some(std::size_t count) {
    std::string bytes(count, '\0');
    const auto got = ::recv(fd_, bytes.data(), count, 0);
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
  }

  // Whether a byte, or the end of the connection, comes within that time.
  [[nodiscard]] bool readable_within(std::chrono::milliseconds time) const {
    pollfd wanted{fd_, POLLIN, 0};
    return ::poll(&wanted, 1, static_cast<int>(time.count())) > 0;
  }

  // Sends no more, and still reads.
  void end() const { check(::shutdown(fd_, SHUT_WR)); }

  // Leaves with a RST.
  void reset() {
    const linger at_once{1, 0};
    check(::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
    leave();
  }

  void leave() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }

  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  static const sockaddr* generic(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
  }
  static void check(int result) {
    if (result < 0) {
      throw std::system_error(errno, std::generic_category());
    }
  }

 private:
  int fd_;
  bool connected_ = false;
};

}  // namespace tripcurve::net::testing
