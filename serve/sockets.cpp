#include "serve/sockets.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <system_error>

namespace tripcurve::serve {
namespace {

constexpr int backlog = 64;

// How long a thread leaves the backlog alone after the system gave it no connection, which is when
// descriptors or memory have run out: at once it would only fail again.
constexpr auto accept_pause = std::chrono::milliseconds(50);

int milliseconds_until(Clock::time_point deadline) {
  const auto now = Clock::now();
  const Clock::duration left = deadline > now ? deadline - now : Clock::duration{};  // no overflow
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::min<std::int64_t>(ms, 60'000));
}

bool turn_on(int fd, int level, int option, int on = 1) {
  return ::setsockopt(fd, level, option, &on, sizeof on) == 0;
}

// A socket that listens at one of the addresses that a name stands for; errno says why there is
// none.
Descriptor listen_at(const addrinfo& address) {
  Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int fd = socket.get();
  // SO_REUSEPORT would let another process share the port, and with it the requests.
  const bool listens =
      fd >= 0 && turn_on(fd, SOL_SOCKET, SO_REUSEADDR) &&
      (address.ai_family != AF_INET6 || turn_on(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)) &&
      ::bind(fd, address.ai_addr, address.ai_addrlen) == 0 && ::listen(fd, backlog) == 0;
  return listens ? std::move(socket) : Descriptor();
}

Descriptor listen_at(const Address& address) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* first = nullptr;
  if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &wanted, &first) !=
      0) {
    errno = EADDRNOTAVAIL;  // a name that does not resolve
    return Descriptor();
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(first, &::freeaddrinfo);
  for (const auto* one = first; one != nullptr; one = one->ai_next) {
    if (auto socket = listen_at(*one); socket.get() >= 0) {
      return socket;
    }
  }
  return Descriptor();
}

std::uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Stop::Stop() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_.get() < 0) {
    throw std::system_error(errno, std::system_category(), "cannot create an eventfd");
  }
}

void Stop::request() const { ::eventfd_write(event_.get(), 1); }

bool Stop::requested() const {
  pollfd event{event_.get(), POLLIN, 0};
  return ::poll(&event, 1, 0) == 1;
}

bool Stop::wait(int fd, short events, Clock::time_point deadline) const {
  for (;;) {
    std::array<pollfd, 2> wanted{{{event_.get(), POLLIN, 0}, {fd, events, 0}}};
    const auto left = milliseconds_until(deadline);
    const auto ready = ::poll(wanted.data(), wanted.size(), left);
    if (wanted[0].revents != 0) {
      return false;
    }
    if (ready > 0) {
      return true;
    }
    if (left == 0) {
      return false;
    }
  }
}

std::string_view ClientSocket::receive(Clock::time_point deadline) {
  while (stop_.wait(socket_.get(), POLLIN, deadline)) {
    const auto got = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
    if (got >= 0) {
      return {buffer_.data(), static_cast<std::size_t>(got)};
    }
    if (errno != EAGAIN && errno != EINTR) {
      break;
    }
  }
  return {};
}

bool ClientSocket::send(std::string_view bytes, Clock::time_point deadline) {
  while (!bytes.empty() && stop_.wait(socket_.get(), POLLOUT, deadline)) {
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      return false;
    }
  }
  return bytes.empty();
}

void ClientSocket::finish(Clock::time_point deadline) {
  ::shutdown(socket_.get(), SHUT_WR);
  while (!receive(deadline).empty()) {
  }
}

Listener::Listener(Address address, const std::string& flag)
    : address_(std::move(address)), socket_(listen_at(address_)) {
  if (socket_.get() < 0) {
    throw std::system_error(errno, std::system_category(),
                            flag + ": cannot listen at " + address_.text());
  }
  address_.port = port_of(socket_.get());
}

std::optional<ClientSocket> Listener::accept(const Stop& stop) const {
  while (stop.wait(socket_.get(), POLLIN, Clock::time_point::max())) {
    Descriptor client(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client.get() >= 0) {
      turn_on(client.get(), IPPROTO_TCP, TCP_NODELAY);
      return std::optional<ClientSocket>(std::in_place, std::move(client), stop);
    }
    if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
      (void)stop.wait(-1, 0, Clock::now() + accept_pause);
    }
  }
  return std::nullopt;
}

}  // namespace tripcurve::serve
