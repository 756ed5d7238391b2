// What tripcurve sees on the two sides of a service that it tests: the calls that it makes to the
// service, and the requests of the service that arrive at its dependency, which tripcurve plays.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/call_end.hpp"
#include "core/time.hpp"

namespace tripcurve::through {

// A call to the service.
struct Call {
  std::uint64_t number = 0;  // that it is known by, in its header fields
  TimePoint sent{};
  TimePoint ended = never;       // `never`: it is under way
  std::optional<CallEnd> end{};  // none while it is under way, or when nobody waited for its end
  bool good = false;             // the caller counts its answer as a success
  friend bool operator==(const Call&, const Call&) = default;
};

// A request of the service to its dependency.
struct Arrival {
  TimePoint at{};
  std::optional<std::uint64_t> call{};  // the number that it brought, if it brought one
  std::uint32_t dependency = 0;         // where it arrived, of several
  std::string instance{};               // of the service, that it came from; "": nobody says
  // When the dependency was done with it, as its answer was given or its connection ended; `never`:
  // not yet. Zero where nobody tells.
  TimePoint over{};
  friend bool operator==(const Arrival&, const Arrival&) = default;
};

// A time in which a dependency took no connections, so that no request could arrive at it.
struct Shut {
  TimePoint from{};
  TimePoint until = never;  // `never`: it still takes none
  std::uint32_t dependency = 0;
  friend bool operator==(const Shut&, const Shut&) = default;
};

struct Seen {
  std::vector<Call> calls{};        // in the order they were sent
  std::vector<Arrival> arrivals{};  // in the order they came
  std::vector<Shut> shut{};         // in the order they began
};

// The same with what happened at one dependency alone.
[[nodiscard]] Seen seen_at(const Seen& seen, std::uint32_t dependency);

}  // namespace tripcurve::through
