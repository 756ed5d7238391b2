// The faults that a person switches on and off by hand while a trial goes on, and when.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "faults/injection.hpp"
#include "faults/plan.hpp"
#include "report/summary.hpp"

namespace tripcurve::trial {

// Thread-safe.
class ByHand {
 public:
  // `injection` is what the upstream asks, and must outlive this.
  ByHand(const faults::Upstream& upstream, faults::Injection& injection)
      : normal_(upstream.normal), speaks_tls_(upstream.tls), injection_(injection) {}

  // From now on requests meet these errors and this latency, both as typed; what is empty stays
  // normal. Refuses what Injection::set does, and faults of a TLS handshake that there is not.
  [[nodiscard]] std::optional<Error> inject(const std::string& errors, const std::string& latency,
                                            TimePoint now);
  // The plan holds again. Does nothing when nothing is injected.
  void clear(TimePoint now);

  // What is injected: its errors and its latency, as they are written. Empty when nothing is.
  struct Injected {
    std::string errors;
    std::string latency;
  };
  [[nodiscard]] std::optional<Injected> injected() const;

  // That the upstream was sent to another phase.
  void went_to(const std::string& phase, TimePoint now);

  // That the upstream was set back to its beginning.
  void began_anew(TimePoint now);

  // What was done, in order, from the `first`-th on.
  [[nodiscard]] std::vector<report::Intervention> since(std::size_t first) const;

 private:
  const faults::Behaviour normal_;
  const bool speaks_tls_;
  faults::Injection& injection_;
  mutable std::mutex mutex_;  // guards interventions_, and keeps them in the order they took effect
  std::vector<report::Intervention> interventions_;
};

}  // namespace tripcurve::trial
