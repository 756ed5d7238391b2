#include "report/progress.hpp"

#include <utility>

namespace tripcurve::report {

Tick Progress::advance(const load::Snapshot& snapshot, const load::BreakerBank& bank,
                       std::optional<std::uint64_t> upstream_requests) {
  Tick tick;
  tick.begin = last_at_;
  tick.end = snapshot.at;
  tick.total = snapshot.total();
  tick.counts = tick.total;
  tick.counts -= last_total_;
  tick.endpoints = snapshot.endpoints;
  tick.in_flight = snapshot.in_flight;
  tick.limit = snapshot.limit;
  for (std::size_t i = 0; i < bank.size(); ++i) {
    tick.breakers.push_back(bank.state(i));
  }
  tick.responses = snapshot.response.since(last_response_);
  if (!tick.responses.empty()) {
    tick.p50 = tick.responses.quantile(0.5);
    tick.p99 = tick.responses.quantile(0.99);
  }
  if (upstream_requests) {
    tick.upstream_requests =
        *upstream_requests - std::exchange(last_upstream_requests_, *upstream_requests);
  }
  last_at_ = snapshot.at;
  last_total_ = tick.total;
  last_response_ = snapshot.response;
  return tick;
}

}  // namespace tripcurve::report
