// hystrix-metrics-event-stream: lines "data: {...}" of JSON, an object for each command and pool,
// and lines "ping:". `isCircuitBreakerOpen` is set while a breaker of Hystrix is open or half-open;
// others who speak the format clear it in half-open, so that neither value tells it.
#include <algorithm>

#include <fmt/format.h>

#include "claims/kinds/all.hpp"
#include "core/text.hpp"
#include "document/read.hpp"

namespace tripcurve::claims {
namespace {

using document::Node;

std::string field_of(const Node& node, std::string_view key) {
  const auto* found = node.find(key);
  return found != nullptr && found->is_scalar() ? found->text : "";
}

SaidOrWhy of_event(const Node& event, const Source& source, std::string& seen) {
  if (field_of(event, "type") != "HystrixCommand") {
    return std::optional<Said>();
  }
  const auto name = field_of(event, "name");
  if (!source.breaker.empty() && name != source.breaker) {
    return std::optional<Said>();
  }
  if (source.breaker.empty() && !seen.empty() && seen != name) {
    return Error{fmt::format("the stream is of several commands, and 'breaker' does not say which: "
                             "{}, {}",
                             visible(seen), visible(name)),
                 {}};
  }
  seen = name;
  const auto open = field_of(event, "isCircuitBreakerOpen");
  if (open != "true" && open != "false") {
    return Error{"'isCircuitBreakerOpen' is neither true nor false, but " + quoted(visible(open)),
                 {}};
  }
  return std::optional(
      Said{open == "true" ? not_closed : not_open, "isCircuitBreakerOpen " + open});
}

SaidOrWhy read_hystrix(std::string_view lines, const Source& source) {
  std::optional<Said> said;
  std::string seen;
  while (!lines.empty()) {
    auto line = trim(take_until(lines, "\n"));
    if (!line.starts_with("data:")) {
      continue;
    }
    line.remove_prefix(5);
    const auto read = document::read_json("event", line);
    if (!read) {
      return Error{"an event is no JSON: " + visible(read.error().message), {}};
    }
    if (read->empty()) {
      continue;
    }
    auto one = of_event(read->front(), source, seen);
    if (!one) {
      return one;
    }
    said = *one ? *one : said;
  }
  return said;
}

}  // namespace

Kind hystrix() {
  return {.name = "hystrix",
          .summary = "a stream of Hystrix's metrics, such as /actuator/hystrix.stream",
          .streams = true,
          .read = read_hystrix};
}

}  // namespace tripcurve::claims
