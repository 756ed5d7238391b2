#include "net/tcp_proxies.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <future>
#include <map>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "core/units.hpp"
#include "net/listener.hpp"
#include "net/tcp_connection.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Code = boost::system::error_code;
using toxics::Proxy;
using toxics::Toxic;

struct HostAndPort {
  std::string host;
  std::string port;
};

// "db:3306", "127.0.0.1:0", "[::1]:80", ":80".
Result<HostAndPort> split_address(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) {
    return Error{"address " + text + ": missing port in address", "write HOST:PORT"};
  }
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return Error{"address " + text + ": too many colons in address",
                 "write an IPv6 address in brackets: [::1]:8080"};
  }
  const auto port = parse_count(text.substr(colon + 1), 0, 65535);
  if (!port) {
    return Error{"address " + text + ": invalid port", "a port is a number from 0 to 65535"};
  }
  return HostAndPort{host, std::to_string(*port)};
}

// An address to listen at; without a host, of loopback.
Result<tcp::endpoint> listening_endpoint(const std::string& text) {
  const auto parts = split_address(text);
  if (!parts) {
    return parts.error();
  }
  asio::io_context io;
  Code error;
  const auto host = parts->host.empty() || parts->host == "localhost" ? "127.0.0.1" : parts->host;
  const auto found = tcp::resolver(io).resolve(host, parts->port, tcp::resolver::passive, error);
  if (error || found.empty()) {
    return Error{"address " + text + ": no such host", "listen at 127.0.0.1:PORT"};
  }
  return found.begin()->endpoint();
}

std::string text_of(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                    : fmt::format("{}:{}", address, endpoint.port());
}

// As the system's messages stand within a line: "address already in use".
std::string lower_words(const Code& error) {
  auto words = std::error_code(error.value(), std::system_category()).message();
  if (!words.empty()) {
    words.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(words.front())));
  }
  return words;
}

// Which toxics go away and which come, for `before` to become `after`. One that is in both, but
// would stand elsewhere in the order of its way, goes and comes again.
struct ToxicsChange {
  std::vector<Toxic> removed{};
  std::vector<Toxic> changed{};
  std::vector<Toxic> added{};
};

ToxicsChange change_of(const std::vector<Toxic>& before, const std::vector<Toxic>& after) {
  const auto is_same = [](const Toxic& a, const Toxic& b) {
    return a.name == b.name && a.kind == b.kind && a.stream == b.stream;
  };
  ToxicsChange change;
  std::vector<Toxic> staying;
  for (const auto& old : before) {
    const bool stays = std::ranges::any_of(after, [&](const Toxic& t) { return is_same(old, t); });
    (stays ? staying : change.removed).push_back(old);
  }
  auto place = staying.begin();
  bool in_order = true;
  for (const auto& toxic : after) {
    in_order = in_order && place != staying.end() && is_same(*place, toxic);
    if (!in_order) {
      change.added.push_back(toxic);
      continue;
    }
    if (*place != toxic) {
      change.changed.push_back(toxic);
    }
    ++place;
  }
  change.removed.insert(change.removed.end(), place, staying.end());
  return change;
}

// One proxy. Everything is on the thread of the io_context.
class Port {
 public:
  Port(const TcpSurroundings& surroundings, Random random, std::string name)
      : surroundings_(surroundings), random_(random) {
    proxy_.name = std::move(name);
    proxy_.enabled = false;
  }
  ~Port() { stop(); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  [[nodiscard]] toxics::ProxyNow now() const { return {proxy_, traffic_}; }

  std::optional<Error> set(const Proxy& wanted, const tcp::endpoint& endpoint,
                           const HostAndPort& upstream) {
    const bool moves = !listener_ || text_of(endpoint) != proxy_.listen;
    std::unique_ptr<Listener> next;
    if (wanted.enabled && moves) {
      next = std::make_unique<Listener>(
          surroundings_.io, [this](tcp::socket socket) { accept(std::move(socket)); },
          [this](const Code& error) { surroundings_.lacks(error); });
      if (const auto error = next->open(endpoint, false)) {
        return Error{fmt::format("listen tcp {}: bind: {}", text_of(endpoint), lower_words(error)),
                     "choose another port, or 0 for one that is free"};
      }
    }
    if (!wanted.enabled || moves) {
      stop();
    }
    if (wanted.upstream != proxy_.upstream) {
      disconnect();
    }
    change_toxics(wanted.toxics);
    proxy_ = wanted;
    upstream_ = upstream;
    if (next) {
      listener_ = std::move(next);
      listener_->accept();
    }
    if (listener_) {
      proxy_.listen = text_of(listener_->endpoint());
    }
    return std::nullopt;
  }

 private:
  using Connection = std::shared_ptr<TcpConnection>;

  void accept(tcp::socket socket) {
    const auto connection = std::make_shared<TcpConnection>(
        std::move(socket), surroundings_, random_.fork(traffic_.connections), traffic_);
    connections_.insert(connection);
    connection->start(upstream_.host, upstream_.port, proxy_.toxics,
                      [this, raw = std::weak_ptr(connection)] { connections_.erase(raw.lock()); });
  }

  void change_toxics(const std::vector<Toxic>& wanted) {
    const auto change = change_of(proxy_.toxics, wanted);
    const auto connections = connections_;  // a change may end one
    for (const auto& connection : connections) {
      for (const auto& toxic : change.removed) {
        connection->remove(toxic);
      }
      for (const auto& toxic : change.changed) {
        connection->change(toxic);
      }
      for (const auto& toxic : change.added) {
        connection->add(toxic);
      }
    }
  }

  void disconnect() {
    const auto connections = connections_;
    for (const auto& connection : connections) {
      connection->close();
    }
  }

  void stop() {
    if (listener_) {
      listener_->close();
      // Its handlers, which are told of it, come before this one.
      asio::post(surroundings_.io, [gone = std::shared_ptr(std::move(listener_))] {});
    }
    disconnect();
  }

  const TcpSurroundings& surroundings_;
  Random random_;
  Proxy proxy_;
  HostAndPort upstream_;
  toxics::Traffic traffic_;
  std::unique_ptr<Listener> listener_;  // while it is enabled
  std::unordered_set<Connection> connections_;
};

}  // namespace

class TcpProxies::Impl {
 public:
  Impl(const SteadyClock& clock, Random random)
      : surroundings_{io_, clock, [this](const Code& error) { note(error); }},
        random_(random),
        thread_([this] { io_.run(); }) {}

  ~Impl() {
    on_thread([this] { ports_.clear(); });
    stay_.reset();  // what is left are handlers that were cancelled
  }

  // Runs it on the thread of the sockets, and gives what it returns.
  template <typename Do>
  auto on_thread(Do work) -> decltype(work()) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto done = task.get_future();
    asio::post(io_, [&task] { task(); });
    return done.get();
  }

  std::vector<toxics::ProxyNow> all() {
    return on_thread([this] {
      std::vector<toxics::ProxyNow> all;
      for (const auto& [name, port] : ports_) {
        all.push_back(port->now());
      }
      return all;
    });
  }

  Result<Proxy> set(const Proxy& wanted) {
    const auto endpoint = listening_endpoint(wanted.listen);
    if (!endpoint) {
      return endpoint.error().in("listen tcp");
    }
    const auto upstream = split_address(wanted.upstream);
    if (!upstream) {
      return upstream.error().in("upstream");
    }
    return on_thread([&]() -> Result<Proxy> {
      auto& port = ports_[wanted.name];
      const bool is_new = !port;
      if (is_new) {
        port = std::make_unique<Port>(surroundings_, random_.fork(wanted.name), wanted.name);
      }
      if (const auto error = port->set(wanted, *endpoint, *upstream)) {
        if (is_new) {
          ports_.erase(wanted.name);
        }
        return *error;
      }
      return port->now().proxy;
    });
  }

  void remove(const std::string& name) {
    on_thread([&] { ports_.erase(name); });
  }

  Shortage shortage() {
    return on_thread([this] { return shortage_; });
  }

 private:
  void note(const Code& error) {
    ++shortage_.times;
    shortage_.cause = {error.value(), std::system_category()};
  }

  asio::io_context io_;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> stay_{
      io_.get_executor()};
  const TcpSurroundings surroundings_;
  const Random random_;
  std::map<std::string, std::unique_ptr<Port>> ports_;  // of thread_
  Shortage shortage_;                                   // likewise
  std::jthread thread_;                                 // last, so that it is joined first
};

TcpProxies::TcpProxies(const SteadyClock& clock, Random random)
    : impl_(std::make_unique<Impl>(clock, random)) {}
TcpProxies::~TcpProxies() = default;

std::vector<toxics::ProxyNow> TcpProxies::all() const { return impl_->all(); }
Result<Proxy> TcpProxies::set(const Proxy& wanted) { return impl_->set(wanted); }
TcpProxies::Shortage TcpProxies::shortage() const { return impl_->shortage(); }
void TcpProxies::remove(const std::string& name) { impl_->remove(name); }

}  // namespace tripcurve::net
