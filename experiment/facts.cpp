#include "experiment/facts.hpp"

namespace tripcurve::experiment {
namespace {

// The faults that are about calls to that breaker.
std::vector<FaultWindow> faults_of(const load::BreakerIdentity& breaker,
                                   const std::vector<load::Endpoint>& endpoints,
                                   const faults::Plan& faults) {
  std::vector<faults::Request> requests;
  for (const auto& endpoint : endpoints) {
    if (breaker.endpoint.empty() || breaker.endpoint == endpoint.name()) {
      requests.push_back({0, endpoint.method, endpoint.path, endpoint.headers});
    }
  }
  return faults.faults_of(requests);
}

}  // namespace

std::vector<report::BreakerFacts> breaker_facts(const load::BreakerBank& bank,
                                                const std::vector<load::Endpoint>& endpoints,
                                                const faults::Plan& faults) {
  std::vector<report::BreakerFacts> all;
  for (std::size_t i = 0; i < bank.size(); ++i) {
    const auto& identity = bank.identity(i);
    all.push_back({identity, bank.totals(i), faults_of(identity, endpoints, faults)});
  }
  return all;
}

std::vector<report::UpstreamCounts> upstream_counts(const faults::Ledger& ledger) {
  std::vector<report::UpstreamCounts> all;
  for (const auto& phase : ledger.phases()) {
    all.push_back({.requests = phase.requests,
                   .leaked_while_open = phase.leaked_while_open,
                   .served = phase.served,
                   .injected = phase.injected,
                   .overtaken = phase.overtaken,
                   .strangers = phase.strangers});
  }
  return all;
}

}  // namespace tripcurve::experiment
