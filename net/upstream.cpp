#include "net/upstream.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/ensure.hpp"
#include "net/forwarder.hpp"
#include "net/listener.hpp"
#include "net/upstream_session.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Code = boost::system::error_code;

// Not from the seed: two runs of one seed must not take each other's requests for their own.
std::uint64_t new_run() {
  std::random_device random;
  return (std::uint64_t{random()} << 32U | random()) | 1U;
}

std::error_code standard(const Code& error) { return {error.value(), std::system_category()}; }

// Keeps the first error it is given. Thread-safe.
class Failure {
 public:
  void note(std::error_code error) {
    const std::scoped_lock lock(mutex_);
    first_ = first_ ? first_ : error;
  }
  [[nodiscard]] std::error_code first() const {
    const std::scoped_lock lock(mutex_);
    return first_;
  }

 private:
  mutable std::mutex mutex_;  // guards first_
  std::error_code first_;
};

// Holds the port as long as the upstream lives, without listening: while the upstream refuses, no
// other program gets the port, nor does a client that the system gives its own target's port and
// that would then be connected to itself.
class Reservation {
 public:
  explicit Reservation(std::uint16_t port) {
    Code error;
    const tcp::endpoint wanted(asio::ip::address_v4::loopback(), port);
    socket_.open(tcp::v4(), error);
    if (!error) {
      socket_.set_option(tcp::acceptor::reuse_address(true), error);
    }
    if (!error) {
      socket_.bind(wanted, error);
    }
    if (!error) {
      endpoint_ = socket_.local_endpoint(error);
    }
    if (error) {
      throw std::system_error(standard(error), "cannot bind 127.0.0.1:" + std::to_string(port));
    }
  }

  [[nodiscard]] const tcp::endpoint& endpoint() const { return endpoint_; }

 private:
  asio::io_context context_;  // never run
  tcp::acceptor socket_{context_};
  tcp::endpoint endpoint_;
};

// One thread with a listening socket of its own and the connections that came in by it.
class Server {
 public:
  Server(Service& service, const tcp::endpoint& endpoint, Failure& failure)
      : service_(service),
        endpoint_(endpoint),
        failure_(failure),
        counts_(service.injector.plan()) {
    if (stop_fd_ < 0 || look_fd_ < 0) {
      throw std::system_error(errno, std::system_category(), "eventfd");
    }
    if (service_.options.service) {
      forwarder_.emplace(context_, *service_.options.service, service_, counts_);
    }
    stop_event_.assign(stop_fd_);
    look_event_.assign(look_fd_);
    refusing_ = service_.injector.refuses(service_.clock.now());
    if (!refusing_) {
      if (const auto error = listener_.open(endpoint_, is_shared())) {
        throw std::system_error(standard(error),
                                "cannot listen on 127.0.0.1:" + std::to_string(endpoint.port()));
      }
      crowded_ = service_.injector.fills_backlog(service_.clock.now());
      if (crowded_) {
        listener_.crowd();  // before anybody can know of the port
      }
    }
  }

  // Once.
  void start() {
    thread_ = std::jthread([this](const std::stop_token& stop) {
      const std::stop_callback wake(stop, [this] { eventfd_write(stop_fd_, 1); });
      stop_event_.async_wait(asio::posix::stream_descriptor::wait_read,
                             [this](const Code&) { leave(); });
      if (listener_.is_open() && !crowded_) {
        listener_.accept();
      }
      follow_phases();
      look_when_told();
      context_.run();
    });
  }

  // Thread-safe.
  void follow_plan() const { eventfd_write(look_fd_, 1); }

  [[nodiscard]] const ThreadCounts& counts() const { return counts_; }

 private:
  [[nodiscard]] bool is_shared() const { return service_.options.threads > 1; }

  // Does what a server does that goes down: nobody gets in, and those who are in are cut off.
  void shut() {
    listener_.close();
    for (auto& session : sessions_) {
      session.close();
    }
    if (forwarder_) {
      forwarder_->close();
    }
  }

  // Before the port is closed, and once it is open again: all that does not arrive comes in
  // between.
  void tell_shut(bool shut) {
    if (!service_.options.shut || shut == shut_.has_value()) {
      return;
    }
    if (shut) {
      shut_ = service_.options.shut(service_.clock.now());
    } else {
      service_.options.opened(*std::exchange(shut_, std::nullopt), service_.clock.now());
    }
  }

  // Opens or closes the port as the plan says, now and whenever a phase begins.
  void follow_phases() {
    const auto now = service_.clock.now();
    const bool takes_none = service_.injector.refuses(now) || service_.injector.fills_backlog(now);
    if (takes_none) {
      tell_shut(true);
    }
    if (const bool refuses = service_.injector.refuses(now); refuses != refusing_) {
      refusing_ = refuses;
      if (refuses) {
        shut();
      } else if (const auto error = listener_.open(endpoint_, is_shared())) {
        failure_.note(standard(error));
        shut();
        return;
      } else {
        crowded_ = false;
        listener_.accept();
      }
    }
    if (!refusing_) {
      follow_connections(now);
    }
    if (!takes_none) {
      tell_shut(false);
    }
    const auto next = service_.injector.next_edge(now);
    if (next == never) {
      return;
    }
    edge_.expires_at(service_.clock.real(next));
    edge_.async_wait([this](const Code& cancelled) {
      if (!cancelled && !leaving_) {
        follow_phases();
      }
    });
  }

  // What concerns connections, of an open port.
  void follow_connections(TimePoint now) {
    if (const bool fills = service_.injector.fills_backlog(now); fills != crowded_) {
      crowded_ = fills;
      if (fills) {
        listener_.crowd();
      } else {
        listener_.accept();
      }
    }
    if (!service_.injector.renews_connections(now)) {
      return;
    }
    for (auto& session : sessions_) {
      session.close_if_idle();
    }
    if (forwarder_) {
      forwarder_->close_idle();
    }
  }

  void accept(tcp::socket socket) {
    const auto number = service_.connections.fetch_add(1, std::memory_order_relaxed);
    const auto opening = service_.injector.open(number, service_.clock.now());
    counts_.note(opening);
    if (forwarder_) {
      forwarder_->serve(std::move(socket), opening, number);
      return;
    }
    sessions_.emplace_front(std::move(socket), service_, counts_, sessions_);
    sessions_.front().start(sessions_.begin(), opening, number);
  }

  void look_when_told() {
    look_event_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const Code& ended) {
      if (!ended && !leaving_) {
        eventfd_t ignored = 0;
        eventfd_read(look_fd_, &ignored);
        follow_phases();
        look_when_told();
      }
    });
  }

  // Ends what keeps the event loop running. A timer that fired at the same moment is beyond
  // cancelling and has its handler run afterwards, which must not start anything anew.
  void leave() {
    leaving_ = true;
    shut();
    edge_.cancel();
    look_event_.cancel();
  }

  Service& service_;
  const tcp::endpoint endpoint_;
  Failure& failure_;
  ThreadCounts counts_;

  // No locks: a single thread runs it, and others reach it by the event only.
  asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  const int stop_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  asio::posix::stream_descriptor stop_event_{context_};  // owns stop_fd_
  const int look_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  asio::posix::stream_descriptor look_event_{context_};  // owns look_fd_
  Listener listener_{context_, [this](tcp::socket socket) { accept(std::move(socket)); },
                     [this](const Code& error) { counts_.note_wait(standard(error)); }};
  asio::steady_timer edge_{context_};  // of the next phase
  std::list<Session> sessions_;
  std::optional<Forwarder> forwarder_;  // in place of sessions
  bool refusing_ = false;
  bool crowded_ = false;             // the queue is kept full
  std::optional<std::size_t> shut_;  // what was told of that, while it lasts
  bool leaving_ = false;
  std::jthread thread_;  // last, so that it is stopped and joined first
};

}  // namespace

class Upstream::Impl {
 public:
  Impl(faults::Injector& injector, const SteadyClock& clock, UpstreamOptions options)
      : reservation_(options.port),
        service_{injector, clock, options, options.run == 0 ? new_run() : options.run} {
    ENSURE(service_.options.threads >= 1);
    for (std::uint32_t i = 0; i < service_.options.threads; ++i) {
      servers_.emplace_back(service_, reservation_.endpoint(), failure_);
    }
    for (auto& server : servers_) {
      server.start();
    }
  }

  [[nodiscard]] std::uint16_t port() const { return reservation_.endpoint().port(); }
  void follow_plan() const {
    for (const auto& server : servers_) {
      server.follow_plan();
    }
  }
  void number_anew() {
    service_.arrivals.store(0, std::memory_order_relaxed);
    service_.connections.store(0, std::memory_order_relaxed);
  }
  [[nodiscard]] faults::Plan::Answers answers() const {
    using Answers = faults::Plan::Answers;
    return service_.options.service ? Answers::of_service : Answers::own;
  }
  [[nodiscard]] std::uint64_t run() const { return service_.run; }
  [[nodiscard]] std::error_code failure() const { return failure_.first(); }

  template <typename Sum>
  [[nodiscard]] Sum sum(Sum sum) const {
    for (const auto& server : servers_) {
      server.counts().add_to(sum);
    }
    return sum;
  }
  [[nodiscard]] faults::Ledger ledger() const {
    return sum(faults::Ledger(service_.injector.plan()));
  }

 private:
  const Reservation reservation_;
  Service service_;
  Failure failure_;
  std::list<Server> servers_;
};

Upstream::Upstream(faults::Injector& injector, const SteadyClock& clock, UpstreamOptions options)
    : impl_(std::make_unique<Impl>(injector, clock, std::move(options))) {}

Upstream::~Upstream() = default;

std::uint16_t Upstream::port() const { return impl_->port(); }
void Upstream::follow_plan() { impl_->follow_plan(); }

faults::Plan::Answers Upstream::answers() const { return impl_->answers(); }
void Upstream::number_anew() { impl_->number_anew(); }
std::uint64_t Upstream::run() const { return impl_->run(); }
faults::Ledger Upstream::ledger() const { return impl_->ledger(); }
ConnectionCounts Upstream::connections() const { return impl_->sum(ConnectionCounts{}); }
std::error_code Upstream::failure() const { return impl_->failure(); }

}  // namespace tripcurve::net
