#include "net/opening.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <cstddef>

#include "net/relay.hpp"
#include "net/tls/server_tls.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
using Code = boost::system::error_code;

constexpr std::size_t dropped_at_once = 4096;

asio::awaitable<bool> shake_hands(Stream& stream, const ServerTls& tls,
                                  faults::CertificateFlaw flaw, ThreadCounts& counts) {
  Code error;
  stream.begin_tls(tls.context(flaw));
  co_await stream.async_handshake(asio::ssl::stream_base::server, into(error));
  if (error) {
    counts.note_failed_handshake();
  }
  co_return !error;
}

asio::awaitable<void> reset_when_greeted(Stream& stream) {
  std::array<char, dropped_at_once> hello;
  const auto room = asio::buffer(hello);
  Code ignored;
  co_await stream.async_read_some(room, into(ignored));
  stream.reset();
}

// Drops what the client says, until it leaves.
asio::awaitable<void> ignore(Stream& stream) {
  std::array<char, dropped_at_once> dropped;
  Code error;
  while (!error) {
    co_await stream.async_read_some(asio::buffer(dropped), into(error));
  }
}

// Tells that a connection does not open, as long as it lives.
class Held {
 public:
  Held(const Service& service, bool tells)
      : service_(service),
        shut_(tells ? service.options.shut(service.clock.now()) : 0),
        tells_(tells) {}
  ~Held() {
    if (tells_) {
      service_.options.opened(shut_, service_.clock.now());
    }
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  const Service& service_;
  const std::size_t shut_;
  const bool tells_;
};

}  // namespace

bool opens_at_once(const Service& service, const faults::Opening& opening) {
  return opening.delay <= Duration::zero() && opening.end == faults::Opening::End::open &&
         !service.options.tls;
}

asio::awaitable<bool> open_connection(Stream& stream, asio::steady_timer& timer,
                                      const Service& service, ThreadCounts& counts,
                                      faults::Opening opening) {
  using End = faults::Opening::End;
  const Held held(service, service.options.shut && !opening.is_plain());
  if (opening.delay > Duration::zero()) {
    Code ignored;
    timer.expires_at(service.clock.real(service.clock.now() + opening.delay));
    co_await timer.async_wait(into(ignored));
    if (!stream.is_open()) {
      co_return false;
    }
  }
  if (opening.end == End::never) {
    co_await ignore(stream);
    co_return false;
  }
  if (opening.end == End::failed && opening.flaw == faults::CertificateFlaw::none) {
    co_await reset_when_greeted(stream);
    co_return false;
  }
  if (!service.options.tls) {
    co_return true;
  }
  co_return co_await shake_hands(stream, *service.options.tls, opening.flaw, counts);
}

}  // namespace tripcurve::net
