// A server on a raw socket that answers as a test tells it to, right or wrong, and remembers what
// it was asked. One thread, port chosen by the system, on 127.0.0.1.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "tests/net/wire.hpp"

namespace tripcurve::net::testing {

// An open file, closed when it goes out of scope.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {
    if (fd_ < 0) {
      throw std::system_error(errno, std::system_category(), "no socket");
    }
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

// Bound to a port of 127.0.0.1, but not listening: connects to it are refused.
inline Socket bound_socket() {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = Wire::loopback(0);
  if (::bind(socket.fd(), Wire::generic(address), sizeof address) != 0) {
    throw std::system_error(errno, std::system_category(), "bind");
  }
  return socket;
}

// Accepts nothing itself: connections wait in the system's queue.
inline Socket listening_socket(int backlog = 1024) {
  auto socket = bound_socket();
  if (::listen(socket.fd(), backlog) != 0) {
    throw std::system_error(errno, std::system_category(), "listen");
  }
  return socket;
}

inline std::uint16_t port_of(const Socket& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

// A server whose queue is full, so that a connect to it hangs.
class FullServer {
 public:
  FullServer() {
    // The system takes a connection or two on behalf of the server, and then none.
    const auto address = Wire::loopback(port());
    for (int i = 0; i < 4; ++i) {
      queue_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      ::connect(queue_.back().fd(), Wire::generic(address), sizeof address);
    }
  }
  [[nodiscard]] std::uint16_t port() const { return port_of(listener_); }

 private:
  Socket listener_ = listening_socket(0);
  std::vector<Socket> queue_;
};

struct Reply {
  enum class Then : std::uint8_t {
    keep,
    close,  // FIN; it arrives together with the last piece
    reset,  // RST
    half,   // FIN, and the connection is left open
  };

  std::vector<std::string> pieces;  // sent one by one
  Then then = Then::keep;
};

inline Reply ok() { return {{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"}}; }

class ScriptedServer {
 public:
  // Gives the reply to a request, by its head; nothing: the request stays unanswered.
  using Script = std::function<std::optional<Reply>(const std::string& head)>;

  explicit ScriptedServer(Script script)
      : script_(std::move(script)), thread_([this](const std::stop_token& stop) { serve(stop); }) {}

  [[nodiscard]] std::uint16_t port() const { return port_of(listener_); }
  [[nodiscard]] std::size_t accepted() const { return accepted_; }
  [[nodiscard]] std::size_t closed_by_peer() const { return closed_by_peer_; }
  [[nodiscard]] std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  struct Peer {
    Socket socket;
    std::string inbox;
  };

  void serve(const std::stop_token& stop) {
    std::list<Peer> peers;
    while (!stop.stop_requested()) {
      std::vector<pollfd> waiting{{listener_.fd(), POLLIN, 0}};
      for (const auto& peer : peers) {
        waiting.push_back({peer.socket.fd(), POLLIN, 0});
      }
      ::poll(waiting.data(), waiting.size(), 5);
      std::size_t i = 1;
      for (auto peer = peers.begin(); peer != peers.end(); ++i) {
        const bool goes_on = waiting[i].revents == 0 || attend(*peer);
        peer = goes_on ? std::next(peer) : peers.erase(peer);
      }
      if (waiting[0].revents != 0) {
        peers.push_back({Socket(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC)), {}});
        const int on = 1;
        ::setsockopt(peers.back().socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ++accepted_;
      }
    }
  }

  // Reads and answers; false when the connection is to be closed.
  bool attend(Peer& peer) {
    char buffer[64 * 1024];
    const auto bytes = ::recv(peer.socket.fd(), buffer, sizeof buffer, 0);
    if (bytes <= 0) {
      ++closed_by_peer_;
      return false;
    }
    const auto searched = peer.inbox.size() < 3 ? 0 : peer.inbox.size() - 3;
    peer.inbox.append(buffer, static_cast<std::size_t>(bytes));
    for (auto end = peer.inbox.find("\r\n\r\n", searched); end != std::string::npos;
         end = peer.inbox.find("\r\n\r\n")) {
      const auto head = peer.inbox.substr(0, end);
      peer.inbox.erase(0, end + 4);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(head);
      }
      const auto reply = script_(head);
      if (reply && !send(peer.socket.fd(), *reply)) {
        return false;
      }
    }
    return true;
  }

  static bool send(int fd, const Reply& reply) {
    for (std::size_t i = 0; i < reply.pieces.size(); ++i) {
      const auto& piece = reply.pieces[i];
      const bool hold = reply.then == Reply::Then::close && i + 1 == reply.pieces.size();
      ::send(fd, piece.data(), piece.size(), MSG_NOSIGNAL | (hold ? MSG_MORE : 0));
    }
    if (reply.then == Reply::Then::reset) {
      const linger at_once{1, 0};
      ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    if (reply.then == Reply::Then::half) {
      ::shutdown(fd, SHUT_WR);
    }
    return reply.then == Reply::Then::keep || reply.then == Reply::Then::half;
  }

  Socket listener_ = listening_socket();
  Script script_;
  std::atomic<std::size_t> accepted_ = 0;
  std::atomic<std::size_t> closed_by_peer_ = 0;
  mutable std::mutex mutex_;  // guards requests_
  std::vector<std::string> requests_;
  std::jthread thread_;
};

}  // namespace tripcurve::net::testing
