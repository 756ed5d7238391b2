#include "net/service.hpp"

#include <utility>

#include "through/identity.hpp"

namespace tripcurve::net {

using boost::asio::ip::tcp;

void Visit::begin(const RequestHead& head, const std::string& peer, TimePoint now) {
  if (service_.options.arrived) {
    const auto call = through::call_in(head.headers, service_.run);
    arrival_ = service_.options.arrived({call, head.headers, peer}, now);
  }
}

void Visit::end() {
  if (arrival_) {
    service_.options.over(*std::exchange(arrival_, std::nullopt), service_.clock.now());
  }
}

void ThreadCounts::note(const faults::Treatment& action, Passage passage) {
  const std::scoped_lock lock(mutex_);
  ledger_.note(action, passage);
}

void ThreadCounts::note(const faults::Opening& opening) {
  const std::scoped_lock lock(mutex_);
  ledger_.note(opening);
}

void ThreadCounts::spare(const faults::Treatment& action, Passage passage) {
  const std::scoped_lock lock(mutex_);
  ledger_.spare(action, passage);
}

void ThreadCounts::note_failed_handshake() {
  const std::scoped_lock lock(mutex_);
  ++connections_.failed_handshakes;
}

void ThreadCounts::note_wait(std::error_code cause) {
  const std::scoped_lock lock(mutex_);
  ++connections_.waits;
  connections_.wait_cause = cause;
}

void ThreadCounts::note_accepted() {
  const std::scoped_lock lock(mutex_);
  ++connections_.accepted;
  ++connections_.open_now;
}

void ThreadCounts::note_closed() {
  const std::scoped_lock lock(mutex_);
  --connections_.open_now;
}

void ThreadCounts::note_bad_request() {
  const std::scoped_lock lock(mutex_);
  ++connections_.bad_requests;
}

void ThreadCounts::add_to(faults::Ledger& sum) const {
  const std::scoped_lock lock(mutex_);
  sum.merge(ledger_);
}

void ThreadCounts::add_to(ConnectionCounts& sum) const {
  const std::scoped_lock lock(mutex_);
  sum.accepted += connections_.accepted;
  sum.open_now += connections_.open_now;
  sum.bad_requests += connections_.bad_requests;
  sum.failed_handshakes += connections_.failed_handshakes;
  sum.waits += connections_.waits;
  sum.wait_cause = connections_.wait_cause ? connections_.wait_cause : sum.wait_cause;
}

std::uint64_t client_of(const Service& service, const std::optional<Pass>& pass,
                        const tcp::endpoint& from) {
  if (pass && pass->run == service.run && service.options.client) {
    return service.options.client(pass->leave);
  }
  if (from.address().is_v4()) {
    return from.address().to_v4().to_uint();
  }
  std::uint64_t folded = 0;
  for (const auto byte : from.address().to_v6().to_bytes()) {
    folded = folded * 257 + byte;
  }
  return folded;
}

}  // namespace tripcurve::net
