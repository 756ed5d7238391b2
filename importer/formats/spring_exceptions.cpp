// The classes and what throws them: org.springframework.web.client (RestClient, RestTemplate),
// org.springframework.web.reactive.function.client (WebClient.retrieve), feign, java.io, java.net.
// How the two lists decide: CircuitBreakerConfig.Builder of resilience4j 2.4.0 (ignored classes
// win, subclasses count, and where some classes are recorded, all others are successes).
#include "importer/formats/spring_exceptions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::string_view unanswered = "timeout,reset,closed,connect_failed,bad_answer";
constexpr std::string_view statuses = "4xx,5xx";
constexpr std::string_view everything = "4xx,5xx,timeout,reset,closed,connect_failed,bad_answer";
// And what the policies of resilience4j throw: the words behind the ends.
constexpr std::string_view whatever =
    "4xx,5xx,timeout,reset,closed,connect_failed,bad_answer,open,full,exceeded";

struct Known {
  std::string_view name;
  std::string_view ends;
};

constexpr std::array classes{
    Known{"java.lang.Throwable", whatever},
    Known{"java.lang.Exception", whatever},
    Known{"java.lang.RuntimeException", whatever},
    Known{"java.io.IOException", unanswered},
    Known{"java.net.SocketException", "reset,closed,connect_failed"},
    Known{"java.net.ConnectException", "connect_failed"},
    Known{"java.net.SocketTimeoutException", "timeout"},
    Known{"java.net.http.HttpTimeoutException", "timeout"},
    Known{"java.util.concurrent.TimeoutException", "timeout"},
    Known{"org.springframework.web.client.RestClientException", everything},
    Known{"org.springframework.web.client.ResourceAccessException", unanswered},
    Known{"org.springframework.web.client.RestClientResponseException", statuses},
    Known{"org.springframework.web.client.HttpStatusCodeException", statuses},
    Known{"org.springframework.web.client.HttpClientErrorException", "4xx"},
    Known{"org.springframework.web.client.HttpServerErrorException", "5xx"},
    Known{"org.springframework.web.reactive.function.client.WebClientException", everything},
    Known{"org.springframework.web.reactive.function.client.WebClientRequestException", unanswered},
    Known{"org.springframework.web.reactive.function.client.WebClientResponseException", statuses},
    Known{"io.github.resilience4j.circuitbreaker.CallNotPermittedException", "open"},
    Known{"io.github.resilience4j.bulkhead.BulkheadFullException", "full"},
    Known{"io.github.resilience4j.retry.MaxRetriesExceededException", "exceeded"},
    Known{"feign.FeignException", everything},
    Known{"feign.FeignException$FeignClientException", "4xx"},
    Known{"feign.FeignException$FeignServerException", "5xx"},
    Known{"feign.RetryableException", unanswered},
};

constexpr std::string_view nothing_fails =
    "100-999=success,timeout=success,reset=success,closed=success,connect_failed=success,"
    "bad_answer=success";

// Nested in the classes of Spring and Feign that stand for statuses.
constexpr std::array nested{
    Known{"BadRequest", "400"},
    Known{"Unauthorized", "401"},
    Known{"Forbidden", "403"},
    Known{"NotFound", "404"},
    Known{"MethodNotAllowed", "405"},
    Known{"NotAcceptable", "406"},
    Known{"Conflict", "409"},
    Known{"Gone", "410"},
    Known{"UnsupportedMediaType", "415"},
    Known{"UnprocessableEntity", "422"},
    Known{"TooManyRequests", "429"},
    Known{"InternalServerError", "500"},
    Known{"NotImplemented", "501"},
    Known{"BadGateway", "502"},
    Known{"ServiceUnavailable", "503"},
    Known{"GatewayTimeout", "504"},
};

// The ends that a class stands for; "" when nobody can know.
std::string_view ends_of(std::string_view name) {
  if (const auto known = std::ranges::find(classes, name, &Known::name); known != classes.end()) {
    return known->ends;
  }
  const auto inner = name.find('$');
  if (inner == std::string_view::npos || ends_of(name.substr(0, inner)).empty()) {
    return {};
  }
  const auto known = std::ranges::find(nested, name.substr(inner + 1), &Known::name);
  return known == nested.end() ? std::string_view{} : known->ends;
}

// A time limiter's TimeoutException is checked, and none of an HTTP client's.
bool is_of_limiter(std::string_view name) {
  return name == "java.lang.Throwable" || name == "java.lang.Exception" ||
         name == "java.util.concurrent.TimeoutException";
}

// What the classes of a list come to, and which of them are not known.
struct Listed {
  OutcomeChanges changes{};
  client::EndingRules::Others others{.exceeded = Outcome::ignored};
  bool others_too = false;
  std::string unknown{};

  [[nodiscard]] bool empty() const { return changes.empty() && !others_too; }
};

void add_end(Listed& found, std::string_view end, Outcome outcome) {
  for (const auto& [word, place] :
       {std::pair("open", &found.others.open), std::pair("full", &found.others.full),
        std::pair("exceeded", &found.others.exceeded)}) {
    if (end == word) {
      *place = outcome;
      found.others_too = true;
      return;
    }
  }
  // An attempt that is interrupted fails as one that has no answer.
  if (end == "bad_answer") {
    found.others.cancelled = outcome;
  }
  found.changes.push_back({*parse_ends(end), outcome});
}

Listed listed(const Node& node, bool limited, Outcome outcome) {
  Listed found;
  for (const auto& name : names_in(node)) {
    auto ends = ends_of(name);
    if (ends.empty()) {
      found.unknown += (found.unknown.empty() ? "" : ", ") + name;
    }
    while (!ends.empty()) {
      const auto end = take_until(ends, ",");
      if (end != "timeout" || !limited || is_of_limiter(name)) {
        add_end(found, end, outcome);
      }
    }
  }
  return found;
}

OutcomeChanges changes_of(std::string_view text) { return *parse_outcome_changes(text); }

void append(OutcomeChanges& changes, const OutcomeChanges& more) {
  changes.insert(changes.end(), more.begin(), more.end());
}

}  // namespace

void take_exceptions(Draft& draft, const ExceptionLists& lists) {
  const auto* recorded = lists.taken;
  const auto* ignored = lists.ignored;
  ImportedCounts counts{.changes = changes_of("4xx=failure")};
  std::string why;
  if (recorded != nullptr) {
    const auto found = listed(*recorded, lists.limited, Outcome::failure);
    const auto& changes = found.changes;
    warn_of_unknown(draft, recorded, "; an exception that is not in this list counts as a success");
    if (!found.empty()) {
      counts.at = recorded->key_at;
      counts.changes = changes_of(nothing_fails);
      append(counts.changes, changes);
      why = "an exception that is not in recordExceptions counts as a success";
    }
  }
  if (ignored != nullptr) {
    const auto changes = listed(*ignored, lists.limited, Outcome::ignored).changes;
    warn_of_unknown(draft, ignored, "");
    if (!changes.empty()) {
      counts.at = recorded != nullptr && !why.empty() ? counts.at : ignored->key_at;
      append(counts.changes, changes);
      why += std::string(why.empty() ? "" : ", and ") +
             "an exception in ignoreExceptions is not counted";
    }
  }
  if (!why.empty()) {
    counts.why = why + " (Spring's clients throw for 4xx and 5xx)";
    draft.counts = std::move(counts);
  }
}

void warn_of_unknown(Draft& draft, const Node* list, std::string_view what_else) {
  if (list == nullptr) {
    return;
  }
  if (const auto found = listed(*list, false, Outcome::failure); !found.unknown.empty()) {
    draft.warnings.push_back({list->key_at, list->key,
                              fmt::format("tripcurve cannot tell which HTTP calls end in {}{}",
                                          found.unknown, what_else)});
  }
}

client::EndingRules rules_of(const ExceptionLists& lists) {
  constexpr auto failure = Outcome::failure;
  auto changes = changes_of("4xx=failure");
  client::EndingRules::Others others{
      .open = failure, .full = failure, .cancelled = failure, .exceeded = failure};
  if (lists.taken != nullptr) {
    auto found = listed(*lists.taken, lists.limited, failure);
    if (!found.empty()) {
      changes = changes_of(nothing_fails);
      append(changes, found.changes);
      const auto or_success = [](Outcome outcome) {
        return outcome == failure ? failure : Outcome::success;
      };
      others = {.open = or_success(found.others.open),
                .full = or_success(found.others.full),
                .cancelled = or_success(found.others.cancelled),
                .exceeded = or_success(found.others.exceeded)};
    }
  }
  if (lists.ignored != nullptr) {
    const auto found = listed(*lists.ignored, lists.limited, failure);
    for (auto change : found.changes) {
      change.outcome = Outcome::ignored;
      changes.push_back(change);
    }
    for (const auto outcome :
         {&client::EndingRules::Others::open, &client::EndingRules::Others::full,
          &client::EndingRules::Others::cancelled, &client::EndingRules::Others::exceeded}) {
      if (found.others.*outcome == failure) {
        others.*outcome = Outcome::ignored;
      }
    }
  }
  return client::EndingRules(OutcomeRules().with(changes)).with(others);
}

}  // namespace tripcurve::importer
