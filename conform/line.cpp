#include "conform/line.hpp"

#include <nlohmann/json.hpp>

#include "conform/call_replay.hpp"
#include "conform/json_line.hpp"
#include "conform/replay.hpp"
#include "conform/wait_trace.hpp"

namespace tripcurve::conform {

Result<Replayed> replay_line(std::string_view line) {
  const auto object = read_object(line);
  if (!object) {
    return object.error();
  }
  if (object->contains("calls")) {
    const auto trace = parse_call_trace(*object);
    return trace ? Result(Replayed{trace->steps.size(), compare(*trace)}) : trace.error();
  }
  if (object->contains("draws")) {
    const auto trace = parse_wait_trace(*object);
    return trace ? Result(Replayed{trace->waits_ms.size(), compare(*trace)}) : trace.error();
  }
  const auto trace = parse_breaker_trace(*object);
  if (!trace) {
    return trace.error();
  }
  const auto difference = replay(*trace);
  return Replayed{trace->steps.size(),
                  difference ? std::optional(explain(*trace, *difference)) : std::nullopt};
}

}  // namespace tripcurve::conform
