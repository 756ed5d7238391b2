#include "net/both_ends.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <list>
#include <system_error>
#include <utility>

#include "core/ensure.hpp"
#include "faults/injector.hpp"
#include "net/connection_pool.hpp"
#include "net/listener.hpp"
#include "net/upstream_session.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// A plan that nothing is asked of: the inbox decides.
faults::Plan idle_plan() {
  return {faults::Upstream{}, {{.name = "probe", .length = std::chrono::hours(1)}}, Random(0)};
}

}  // namespace

// Where one instance of the dependency listens.
class BothEnds::Door final : public Inbox {
 public:
  Door(Impl& inside, asio::io_context& io, const faults::Plan& plan, faults::Injector& injector,
       const SteadyClock& clock, tcp::endpoint where, bool is_first);
  ~Door() override = default;
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  void close() {
    listener_.close();
    for (auto& session : sessions_) {
      session.close();
    }
  }
  void arrived(Session& session, const RequestHead& head, std::uint64_t number) override;
  void left(Session& session) override;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Impl& inside_;
  bool is_first_;
  Service service_;
  ThreadCounts counts_;
  std::list<Session> sessions_;
  Listener listener_;
  std::uint16_t port_ = 0;
};

class BothEnds::Impl {
 public:
  Impl(const Target& service, const std::vector<load::Endpoint>& endpoints,
       const std::vector<std::uint16_t>& ports, Listens listens, const SteadyClock& clock)
      : clock_(clock),
        plan_(idle_plan()),
        injector_(plan_),
        calls_(io_, destination_of(service), Requests(service.authority(), endpoints, 0),
               {.ended = [this](std::uint32_t slot, CallEnd end) { note_end(slot, end); },
                .connected = nullptr,
                .answering = nullptr}) {
    const auto address = listens == Listens::everywhere
                             ? asio::ip::address(asio::ip::address_v4::any())
                             : asio::ip::address(asio::ip::address_v4::loopback());
    for (const auto port : ports) {
      doors_.emplace_back(*this, io_, plan_, injector_, clock, tcp::endpoint(address, port),
                          doors_.empty());
    }
  }
  ~Impl() {
    for (auto& door : doors_) {
      door.close();
    }
    calls_.close_all();
    io_.restart();
    io_.poll();  // the handlers of what was closed, while everything is still there
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void arrived(Session& session, bool at_first) {
    arrivals_.push_back(clock_.now());
    arrived_at_first_ += at_first ? 1 : 0;
    const auto& treatment = at_first || !others_ ? treatment_ : others_;
    if (treatment) {
      session.answer_with(*treatment);
    } else {
      held_.push_back(&session);
    }
  }
  void left(Session& session) { std::erase(held_, &session); }

  void release(const faults::Treatment& treatment) {
    for (auto* session : std::exchange(held_, {})) {
      session->answer_with(treatment);
    }
  }

  void call(std::uint32_t slot, std::size_t endpoint) {
    if (slot >= ends_.size()) {
      ends_.resize(slot + 1);
    }
    ends_[slot].reset();
    calls_.send(
        {.slot = slot, .ordinal = ordinal_++, .endpoint = static_cast<std::uint32_t>(endpoint)});
  }
  [[nodiscard]] std::optional<CallEnd> ended(std::uint32_t slot) const { return ends_[slot]; }
  void give_up(std::uint32_t slot) { ends_[slot] = calls_.cancel(slot); }

  bool step(TimePoint until) {
    io_.restart();
    return io_.run_one_until(clock_.real(until)) > 0;
  }

  [[nodiscard]] std::uint16_t port() const { return doors_.front().port(); }

  std::optional<faults::Treatment> treatment_ = faults::Treatment{};
  std::optional<faults::Treatment> others_{};  // of all instances but the first; none: the same
  std::vector<TimePoint> arrivals_;
  std::size_t arrived_at_first_ = 0;

 private:
  void note_end(std::uint32_t slot, CallEnd end) { ends_[slot] = end; }

  const SteadyClock& clock_;
  asio::io_context io_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  faults::Plan plan_;
  faults::Injector injector_;
  std::list<Door> doors_;
  ConnectionPool calls_;
  std::vector<Session*> held_;
  std::vector<std::optional<CallEnd>> ends_;  // by slot
  std::uint64_t ordinal_ = 0;
};

BothEnds::Door::Door(Impl& inside, asio::io_context& io, const faults::Plan& plan,
                     faults::Injector& injector, const SteadyClock& clock, tcp::endpoint where,
                     bool is_first)
    : inside_(inside),
      is_first_(is_first),
      service_{injector, clock, {}, 0, 0, this},
      counts_(plan),
      listener_(io, [this](tcp::socket socket) {
        sessions_.emplace_front(std::move(socket), service_, counts_, sessions_);
        sessions_.front().start(sessions_.begin());
      }) {
  if (const auto error = listener_.open(where, /*shared=*/false)) {
    throw std::system_error(error.value(), std::system_category(),
                            "cannot listen on port " + std::to_string(where.port()));
  }
  port_ = listener_.endpoint().port();
  listener_.accept();
}

void BothEnds::Door::arrived(Session& session, const RequestHead& /*head*/,
                             std::uint64_t /*number*/) {
  inside_.arrived(session, is_first_);
}

void BothEnds::Door::left(Session& session) { inside_.left(session); }

BothEnds::BothEnds(const Target& service, const std::vector<load::Endpoint>& endpoints,
                   const std::vector<std::uint16_t>& ports, Listens listens,
                   const SteadyClock& clock)
    : impl_(std::make_unique<Impl>(service, endpoints, ports, listens, clock)) {}
BothEnds::~BothEnds() = default;

std::uint16_t BothEnds::port() const { return impl_->port(); }
void BothEnds::treat(const std::optional<faults::Treatment>& treatment) {
  impl_->treatment_ = treatment;
  impl_->others_.reset();
}
void BothEnds::treat_others(const faults::Treatment& treatment) { impl_->others_ = treatment; }
std::size_t BothEnds::arrived_at_first() const { return impl_->arrived_at_first_; }
void BothEnds::release(const faults::Treatment& treatment) { impl_->release(treatment); }
void BothEnds::call(std::uint32_t slot, std::size_t endpoint) { impl_->call(slot, endpoint); }
std::optional<CallEnd> BothEnds::ended(std::uint32_t slot) const { return impl_->ended(slot); }
void BothEnds::give_up(std::uint32_t slot) { impl_->give_up(slot); }
bool BothEnds::step(TimePoint until) { return impl_->step(until); }
const std::vector<TimePoint>& BothEnds::arrivals() const { return impl_->arrivals_; }

}  // namespace tripcurve::net
