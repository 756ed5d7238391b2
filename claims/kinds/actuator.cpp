// resilience4j-spring-boot: the endpoints circuitbreakers (CircuitBreakerEndpointResponse: by name,
// with its `state`) and circuitbreakerevents (a list, the newest last; `stateTransition` is
// CLOSED_TO_OPEN where `type` is STATE_TRANSITION).
#include <algorithm>

#include <fmt/format.h>

#include "claims/kinds/all.hpp"
#include "core/text.hpp"
#include "document/read.hpp"

namespace tripcurve::claims {
namespace {

using document::Node;

std::string scalar_at(const Node& node, std::string_view key) {
  const auto* found = node.find(key);
  return found != nullptr && found->is_scalar() ? found->text : "";
}

SaidOrWhy state_of(const Node& breaker) {
  const auto state = scalar_at(breaker, "state");
  const auto claim = claim_named(state);
  if (!claim) {
    return Error{fmt::format("the breaker {} has no 'state' that is known, but {}",
                             quoted(visible(breaker.key)), quoted(visible(state))),
                 {}};
  }
  return std::optional(Said{*claim, visible(state)});
}

std::string names_in(const Node& breakers) {
  std::string names;
  for (const auto& breaker : breakers.children) {
    names += (names.empty() ? "" : ", ") + visible(breaker.key);
  }
  return names;
}

SaidOrWhy of_breakers(const Node& breakers, const Source& source) {
  if (!breakers.is_map() || breakers.children.empty()) {
    return Error{"'circuitBreakers' has no breaker yet", {}};
  }
  if (source.breaker.empty() && breakers.children.size() > 1) {
    return Error{
        "there are several breakers, and 'breaker' does not say which: " + names_in(breakers), {}};
  }
  const auto* found =
      source.breaker.empty() ? &breakers.children.front() : breakers.find(source.breaker);
  if (found == nullptr) {
    return Error{fmt::format("there is no breaker {}; there are {}",
                             quoted(visible(source.breaker)), names_in(breakers)),
                 {}};
  }
  return state_of(*found);
}

SaidOrWhy of_events(const Node& events, const Source& source) {
  std::optional<Said> said;
  std::string name;
  for (const auto& event : events.children) {
    const auto breaker = scalar_at(event, "circuitBreakerName");
    if (!source.breaker.empty() && breaker != source.breaker) {
      continue;
    }
    if (source.breaker.empty() && !name.empty() && breaker != name) {
      return Error{fmt::format("the events are of several breakers, and 'breaker' does not say "
                               "which: {}, {}",
                               visible(name), visible(breaker)),
                   {}};
    }
    name = breaker;
    const auto transition = scalar_at(event, "stateTransition");
    const auto to = transition.find("_TO_");
    if (scalar_at(event, "type") != "STATE_TRANSITION" || to == std::string::npos) {
      continue;
    }
    const auto claim = claim_named(std::string_view(transition).substr(to + 4));
    if (!claim) {
      return Error{quoted(visible(transition)) + " leads to no state that is known", {}};
    }
    said = Said{*claim, visible(transition)};
  }
  if (!said) {
    return Error{events.children.empty()
                     ? "there are no events yet"
                     : "none of the events that are kept is a change of state; ask "
                       "/actuator/circuitbreakers, or keep more (eventConsumerBufferSize)",
                 {}};
  }
  return said;
}

SaidOrWhy read_actuator(std::string_view body, const Source& source) {
  const auto read = document::read_json("answer", body);
  if (!read) {
    return Error{"it is no JSON: " + visible(read.error().message), {}};
  }
  const Node nothing;
  const auto& root = read->empty() ? nothing : read->front();
  if (const auto* breakers = root.find("circuitBreakers")) {
    return of_breakers(*breakers, source);
  }
  if (const auto* events = root.find("circuitBreakerEvents"); events != nullptr) {
    return of_events(*events, source);
  }
  return Error{
      "it has neither 'circuitBreakers' nor 'circuitBreakerEvents'; ask "
      "/actuator/circuitbreakers or /actuator/circuitbreakerevents",
      {}};
}

}  // namespace

Kind actuator() {
  return {.name = "actuator",
          .summary = "Spring Boot with resilience4j: /actuator/circuitbreakers, or its events",
          .read = read_actuator};
}

}  // namespace tripcurve::claims
