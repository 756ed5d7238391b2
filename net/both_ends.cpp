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

class BothEnds::Impl final : public Inbox {
 public:
  Impl(const Target& service, const std::vector<load::Endpoint>& endpoints, std::uint16_t port,
       Listens listens, const SteadyClock& clock)
      : clock_(clock),
        plan_(idle_plan()),
        injector_(plan_),
        service_{injector_, clock, {}, 0, 0, this},
        counts_(plan_),
        listener_(io_,
                  [this](tcp::socket socket) {
                    sessions_.emplace_front(std::move(socket), service_, counts_, sessions_);
                    sessions_.front().start(sessions_.begin());
                  }),
        calls_(io_, destination_of(service), Requests(service.authority(), endpoints, 0),
               {.ended = [this](std::uint32_t slot, CallEnd end) { note_end(slot, end); },
                .connected = nullptr,
                .answering = nullptr}) {
    const auto address = listens == Listens::everywhere
                             ? asio::ip::address(asio::ip::address_v4::any())
                             : asio::ip::address(asio::ip::address_v4::loopback());
    if (const auto error = listener_.open({address, port}, /*shared=*/false)) {
      throw std::system_error(error.value(), std::system_category(),
                              "cannot listen on port " + std::to_string(port));
    }
    port_ = listener_.endpoint().port();
    listener_.accept();
  }
  ~Impl() override {
    listener_.close();
    for (auto& session : sessions_) {
      session.close();
    }
    calls_.close_all();
    io_.restart();
    io_.poll();  // the handlers of what was closed, while everything is still there
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void arrived(Session& session, const RequestHead& /*head*/, std::uint64_t /*number*/) override {
    arrivals_.push_back(clock_.now());
    if (treatment_) {
      session.answer_with(*treatment_);
    } else {
      held_.push_back(&session);
    }
  }
  void left(Session& session) override { std::erase(held_, &session); }

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

  std::optional<faults::Treatment> treatment_ = faults::Treatment{};
  std::vector<TimePoint> arrivals_;
  std::uint16_t port_ = 0;

 private:
  void note_end(std::uint32_t slot, CallEnd end) { ends_[slot] = end; }

  const SteadyClock& clock_;
  asio::io_context io_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  faults::Plan plan_;
  faults::Injector injector_;
  Service service_;
  ThreadCounts counts_;
  std::list<Session> sessions_;
  Listener listener_;
  ConnectionPool calls_;
  std::vector<Session*> held_;
  std::vector<std::optional<CallEnd>> ends_;  // by slot
  std::uint64_t ordinal_ = 0;
};

BothEnds::BothEnds(const Target& service, const std::vector<load::Endpoint>& endpoints,
                   std::uint16_t port, Listens listens, const SteadyClock& clock)
    : impl_(std::make_unique<Impl>(service, endpoints, port, listens, clock)) {}
BothEnds::~BothEnds() = default;

std::uint16_t BothEnds::port() const { return impl_->port_; }
void BothEnds::treat(const std::optional<faults::Treatment>& treatment) {
  impl_->treatment_ = treatment;
}
void BothEnds::release(const faults::Treatment& treatment) { impl_->release(treatment); }
void BothEnds::call(std::uint32_t slot, std::size_t endpoint) { impl_->call(slot, endpoint); }
std::optional<CallEnd> BothEnds::ended(std::uint32_t slot) const { return impl_->ended(slot); }
void BothEnds::give_up(std::uint32_t slot) { impl_->give_up(slot); }
bool BothEnds::step(TimePoint until) { return impl_->step(until); }
const std::vector<TimePoint>& BothEnds::arrivals() const { return impl_->arrivals_; }

}  // namespace tripcurve::net
