// A load that was recorded: calls come when they came. They are pulled one by one, so that a
// recording of any length takes no more memory than the call that comes next.
#pragma once

#include <cstdint>
#include <optional>

#include "core/time.hpp"

namespace tripcurve::load {

struct RecordedArrival {
  TimePoint due;
  std::uint32_t endpoint = 0;  // index into LoadPlan::endpoints
  std::uint32_t instance = 0;  // below LoadPlan::instances
};

// Not thread-safe.
class Arrivals {
 public:
  virtual ~Arrivals() = default;

  // The next call, due no earlier than the one before; none when all have come. An engine counts
  // them from 0, which is their ordinal, and asks for call k + 1 when it takes up call k.
  [[nodiscard]] virtual std::optional<RecordedArrival> next() = 0;
};

// Calls come when they came, however slow the answers are. No cap of the generator applies, for
// each of these calls was made.
struct Recorded {
  Arrivals* arrivals = nullptr;  // must outlive the engine; of one engine only (LoadPlan::shards 1)
};

}  // namespace tripcurve::load
