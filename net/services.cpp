#include "net/services.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <deque>
#include <exception>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "core/ensure.hpp"
#include "net/connection_pool.hpp"
#include "net/listener.hpp"
#include "net/upstream_session.hpp"
#include "topology/agenda.hpp"
#include "topology/node.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Code = boost::system::error_code;

constexpr std::uint16_t not_found = 404;

// How old what is shown of the services may be.
constexpr Duration between_looks = std::chrono::milliseconds(10);

// A link, in a number that is the upstream's to give back: the service, and which of its links.
constexpr std::uint32_t links_of_service = 1U << 16U;

tcp::endpoint loopback(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

// What all services share.
struct Common {
  const topology::Topology& topology;
  const load::LoadPlan& load;
  faults::Injector& injector;
  const SteadyClock clock;
  asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  TimePoint latest{};
  std::vector<std::uint32_t> touched{};  // services that something has happened to, in any order

  TimePoint now() { return latest = std::max(latest, clock.now()); }
};

// One service: its server, its node, and its connections to others.
class Host final : public Inbox, public topology::Outside {
 public:
  Host(Common& all, std::uint32_t index)
      : all_(all),
        index_(index),
        service_{all.injector, all.clock, {}, 0, 0, this},  // the run is told by connect()
        counts_(all.injector.plan()),
        listener_(all.io,
                  [this](tcp::socket socket) {
                    sessions_.emplace_front(std::move(socket), service_, counts_, sessions_);
                    sessions_.front().start(sessions_.begin());
                  }),
        node_(all.topology.services[index], all.load.endpoints, all.load.timetable, all.load.random,
              *this) {
    if (const auto error = listener_.open(loopback(0), /*shared=*/false)) {
      throw std::system_error(error.value(), std::system_category(),
                              "cannot bind a port of 127.0.0.1 for " + spec().name);
    }
    port_ = listener_.endpoint().port();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] topology::Node& node() { return node_; }
  [[nodiscard]] const topology::Node& node() const { return node_; }

  // `ports` are those of the services.
  void connect(const std::vector<std::uint16_t>& ports, std::uint16_t upstream_port,
               std::uint64_t run) {
    service_.run = run;
    for (std::uint32_t link = 0; link < spec().links.size(); ++link) {
      const auto to = spec().links[link].to;
      const auto port = to == topology::upstream ? upstream_port : ports[to];
      pools_.push_back(std::make_unique<ConnectionPool>(
          all_.io, Destination{.endpoint = loopback(port)},
          Requests("127.0.0.1:" + std::to_string(port), all_.load.endpoints, run),
          listener_of(link)));
    }
  }

  void accept() { listener_.accept(); }

  void close() {
    listener_.close();
    for (auto& session : sessions_) {
      session.close();
    }
    for (const auto& pool : pools_) {
      pool->close_all();
    }
  }

  void tick(TimePoint now) {
    touch();
    node_.tick(now);
  }

  // Does what the node wants done outside of it. What comes of that is told to the node, which may
  // want more.
  void deliver() {
    touched_ = false;
    while (!answers_.empty() || !outbox_.empty()) {
      if (!answers_.empty()) {
        const auto [ticket, status] = answers_.front();
        answers_.pop_front();
        auto* session = std::exchange(asking_[ticket], nullptr);
        free_.push_back(ticket);
        if (session != nullptr) {
          session->answer_with(status);
        }
        continue;
      }
      const auto request = outbox_.front();
      outbox_.pop_front();
      auto leave = request.leave;
      leave.breaker += index_ * links_of_service;
      pools_[request.link]->send({.slot = request.attempt,
                                  .ordinal = request.number,
                                  .endpoint = request.endpoint,
                                  .leave = leave});
    }
  }

  void arrived(Session& session, const RequestHead& head, std::uint64_t number) override {
    const auto& endpoints = all_.load.endpoints;
    const auto endpoint = std::ranges::find_if(endpoints, [&](const load::Endpoint& one) {
      return one.method == head.method && one.path == head.path;
    });
    if (endpoint == endpoints.end()) {
      session.answer_with(not_found);
      return;
    }
    touch();
    session.ticket = take_ticket(session);
    node_.arrive(session.ticket, number, static_cast<std::uint32_t>(endpoint - endpoints.begin()),
                 all_.now());
  }

  void left(Session& session) override { asking_[session.ticket] = nullptr; }

  void send(const topology::Request& request, TimePoint /*now*/) override {
    outbox_.push_back(request);
  }

  CallEnd cancel(std::uint32_t link, client::FrameId attempt, TimePoint /*now*/) override {
    const auto waiting = std::ranges::find_if(outbox_, [&](const topology::Request& request) {
      return request.link == link && request.attempt == attempt;
    });
    if (waiting == outbox_.end()) {
      return pools_[link]->cancel(attempt);
    }
    outbox_.erase(waiting);
    return {CallEnd::Kind::timeout, 0, true};
  }

  // A session that is answered goes on with its next request, and so comes back to the node.
  void answer(std::uint64_t call, std::uint16_t status, TimePoint /*now*/) override {
    answers_.push_back({static_cast<std::uint32_t>(call), status});
  }

 private:
  [[nodiscard]] const topology::Service& spec() const { return all_.topology.services[index_]; }

  // Sees to it that deliver() is called soon, and what is due is looked at.
  void touch() {
    if (!touched_) {
      touched_ = true;
      all_.touched.push_back(index_);
    }
  }

  [[nodiscard]] ConnectionPool::Listener listener_of(std::uint32_t link) {
    ConnectionPool::Listener listener{.ended =
                                          [this, link](std::uint32_t slot, CallEnd end) {
                                            touch();
                                            node_.ended(link, slot, end, all_.now());
                                          },
                                      .connected = nullptr,
                                      .answering = nullptr};
    if (node_.heeds_progress(link)) {
      listener.connected = [this, link](std::uint32_t slot) {
        touch();
        node_.connected(link, slot, all_.now());
      };
      listener.answering = [this, link](std::uint32_t slot, std::uint16_t status) {
        touch();
        node_.answering(link, slot, status, all_.now());
      };
    }
    return listener;
  }

  std::uint32_t take_ticket(Session& session) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(asking_.size()));
      asking_.push_back(nullptr);
    }
    const auto ticket = free_.back();
    free_.pop_back();
    asking_[ticket] = &session;
    return ticket;
  }

  Common& all_;
  std::uint32_t index_;
  Service service_;
  ThreadCounts counts_;
  std::list<Session> sessions_;
  Listener listener_;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<ConnectionPool>> pools_;  // by link
  topology::Node node_;
  bool touched_ = false;
  struct Answer {
    std::uint32_t ticket;
    std::uint16_t status;
  };
  std::deque<Answer> answers_;
  std::deque<topology::Request> outbox_;
  std::vector<Session*> asking_;     // by ticket; null: it has gone
  std::vector<std::uint32_t> free_;  // tickets
};

}  // namespace

class Services::Impl {
 public:
  Impl(const topology::Topology& topology, const load::LoadPlan& load, faults::Injector& injector,
       const SteadyClock& clock)
      : common_{topology, load, injector, clock}, due_(topology.services.size()) {
    if (stop_fd_ < 0) {
      throw std::system_error(errno, std::system_category(), "eventfd");
    }
    stop_event_.assign(stop_fd_);
    for (std::uint32_t i = 0; i < topology.services.size(); ++i) {
      hosts_.emplace_back(common_, i);
      due_.set(i, hosts_.back().node().next_due());
    }
    publish(TimePoint{});
  }
  ~Impl() { join(); }

  void start(std::uint16_t upstream_port, std::uint64_t run) {
    std::vector<std::uint16_t> ports;
    for (const auto& host : hosts_) {
      ports.push_back(host.port());
    }
    for (auto& host : hosts_) {
      host.connect(ports, upstream_port, run);
    }
    thread_ = std::jthread([this] { this->run(); });
  }

  [[nodiscard]] std::uint16_t port(std::size_t service) const { return hosts_[service].port(); }

  [[nodiscard]] Passage passage(const load::Leave& leave) const {
    const auto service = leave.breaker / links_of_service;
    if (service >= hosts_.size()) {
      return Passage::stranger;
    }
    auto of_link = leave;
    of_link.breaker %= links_of_service;
    return hosts_[service].node().passage(of_link);
  }

  [[nodiscard]] std::vector<topology::ServiceNow> now() const {
    const std::scoped_lock lock(mutex_);
    return published_;
  }

  void check() const {
    if (failed_) {
      std::rethrow_exception(failure_);
    }
  }

  topology::Measured stop(TimePoint until) {
    join();
    topology::Measured measured;
    for (auto& host : hosts_) {
      measured.push_back(host.node().measured(std::max(until, common_.latest), common_.topology));
    }
    return measured;
  }

 private:
  void join() {
    if (thread_.joinable()) {
      eventfd_write(stop_fd_, 1);
      thread_.join();
    }
  }

  void run() {
    stop_event_.async_wait(asio::posix::stream_descriptor::wait_read,
                           [this](const Code&) { stopping_ = true; });
    try {
      for (auto& host : hosts_) {
        host.accept();
      }
      while (!stopping_) {
        common_.io.run_one();
        pump();
      }
    } catch (...) {
      failure_ = std::current_exception();
      failed_ = true;
    }
    for (auto& host : hosts_) {
      host.close();
    }
    common_.io.restart();
    common_.io.poll();  // the handlers of what was closed, while everything is still there
  }

  // Does what is due, sends what was to be sent, and sees to it that it wakes up when more is due.
  void pump() {
    const auto now = common_.now();
    while (due_.next() <= now) {
      const auto index = due_.first();
      hosts_[index].tick(now);
      due_.set(index, hosts_[index].node().next_due());
    }
    while (!common_.touched.empty()) {
      const auto index = common_.touched.back();
      common_.touched.pop_back();
      hosts_[index].deliver();
      due_.set(index, hosts_[index].node().next_due());
    }
    const auto due = std::min(due_.next(), publish(now) ? never : next_look_);
    if (due < armed_for_) {
      armed_for_ = due;
      timer_.expires_at(common_.clock.real(armed_for_));
      timer_.async_wait([this](const Code& cancelled) {
        if (!cancelled) {
          armed_for_ = never;
        }
      });
    }
  }

  // False when what is shown is still new enough, and is to be shown anew later.
  bool publish(TimePoint now) {
    if (now < next_look_) {
      return false;
    }
    next_look_ = now + between_looks;
    std::vector<topology::ServiceNow> services;
    for (const auto& host : hosts_) {
      services.push_back(host.node().now());
    }
    const std::scoped_lock lock(mutex_);
    published_ = std::move(services);
    return true;
  }

  Common common_;
  const int stop_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  asio::posix::stream_descriptor stop_event_{common_.io};  // owns stop_fd_
  asio::steady_timer timer_{common_.io};
  TimePoint armed_for_ = never;
  TimePoint next_look_{};
  bool stopping_ = false;
  std::deque<Host> hosts_;  // by service
  topology::Agenda due_;    // of these

  mutable std::mutex mutex_;  // guards published_
  std::vector<topology::ServiceNow> published_;
  std::exception_ptr failure_;  // written before failed_
  std::atomic<bool> failed_ = false;

  std::jthread thread_;
};

Services::Services(const topology::Topology& topology, const load::LoadPlan& load,
                   faults::Injector& injector, const SteadyClock& clock)
    : impl_(std::make_unique<Impl>(topology, load, injector, clock)) {}

Services::~Services() = default;

void Services::start(std::uint16_t upstream_port, std::uint64_t run) {
  impl_->start(upstream_port, run);
}
std::uint16_t Services::port(std::size_t service) const { return impl_->port(service); }
Passage Services::passage(const load::Leave& leave) const { return impl_->passage(leave); }
std::vector<topology::ServiceNow> Services::now() const { return impl_->now(); }
void Services::check() const { impl_->check(); }
topology::Measured Services::stop(TimePoint until) { return impl_->stop(until); }

}  // namespace tripcurve::net
