// What a trial has counted so far, as the one who conducts it asks while it goes on.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/time.hpp"
#include "faults/ledger.hpp"
#include "load/tally.hpp"
#include "topology/measured.hpp"

namespace tripcurve::trial {

class Counters {
 public:
  Counters() = default;
  Counters(const Counters&) = delete;
  Counters& operator=(const Counters&) = delete;
  virtual ~Counters() = default;

  // What the clients have counted, at `due` or a little later. `with_tally` asks for all of it; it
  // is left out when the load has ended meanwhile.
  [[nodiscard]] virtual load::Snapshot snapshot(TimePoint due, bool with_tally) = 0;

  // What the upstream has counted; none when it is not ours.
  [[nodiscard]] virtual std::optional<faults::Ledger> ledger() = 0;

  // How busy the services of its topology are; empty without one, or where nobody looks.
  [[nodiscard]] virtual std::vector<topology::ServiceNow> services() { return {}; }
};

// How many requests have come in at the upstream.
[[nodiscard]] std::uint64_t arrivals(const faults::Ledger& ledger);

}  // namespace tripcurve::trial
