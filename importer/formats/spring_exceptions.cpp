// The classes and what throws them: org.springframework.web.client (RestClient, RestTemplate),
// org.springframework.web.reactive.function.client (WebClient.retrieve), feign, java.io, java.net.
// How the two lists decide: CircuitBreakerConfig.Builder of resilience4j 2.4.0 (ignored classes
// win, subclasses count, and where some classes are recorded, all others are successes).
#include "importer/formats/spring_exceptions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/text.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::string_view unanswered = "timeout,reset,closed,connect_failed,bad_answer";
constexpr std::string_view statuses = "4xx,5xx";
constexpr std::string_view everything = "4xx,5xx,timeout,reset,closed,connect_failed,bad_answer";

struct Known {
  std::string_view name;
  std::string_view ends;
};

constexpr std::array classes{
    Known{"java.lang.Throwable", everything},
    Known{"java.lang.Exception", everything},
    Known{"java.lang.RuntimeException", everything},
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
    Known{"feign.FeignException", everything},
    Known{"feign.FeignException$FeignClientException", "4xx"},
    Known{"feign.FeignException$FeignServerException", "5xx"},
    Known{"feign.RetryableException", unanswered},
};

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

// What the classes of a list come to, and which of them are not known.
struct Listed {
  OutcomeChanges changes{};
  std::string unknown{};
};

Listed listed(const Node& node, Outcome outcome) {
  Listed found;
  for (const auto& name : names_in(node)) {
    auto ends = ends_of(name);
    if (ends.empty()) {
      found.unknown += (found.unknown.empty() ? "" : ", ") + name;
    }
    while (!ends.empty()) {
      found.changes.push_back({*parse_ends(take_until(ends, ",")), outcome});
    }
  }
  return found;
}

OutcomeChanges changes_of(std::string_view text) { return *parse_outcome_changes(text); }

void append(OutcomeChanges& changes, const OutcomeChanges& more) {
  changes.insert(changes.end(), more.begin(), more.end());
}

}  // namespace

void take_exceptions(Draft& draft, const Node* recorded, const Node* ignored) {
  ImportedCounts counts{.changes = changes_of("4xx=failure")};
  std::string why;
  if (recorded != nullptr) {
    const auto [changes, unknown] = listed(*recorded, Outcome::failure);
    if (!unknown.empty()) {
      draft.warnings.push_back(
          {recorded->key_at, recorded->key,
           fmt::format("tripcurve cannot tell which HTTP calls end in {}; an exception that is not "
                       "in this list counts as a success",
                       unknown)});
    }
    if (!changes.empty()) {
      counts.at = recorded->key_at;
      counts.changes = changes_of(
          "100-999=success,timeout=success,reset=success,closed=success,connect_failed=success,"
          "bad_answer=success");
      append(counts.changes, changes);
      why = "an exception that is not in recordExceptions counts as a success";
    }
  }
  if (ignored != nullptr) {
    const auto [changes, unknown] = listed(*ignored, Outcome::ignored);
    if (!unknown.empty()) {
      draft.warnings.push_back(
          {ignored->key_at, ignored->key,
           fmt::format("tripcurve cannot tell which HTTP calls end in {}", unknown)});
    }
    if (!changes.empty()) {
      counts.at = recorded != nullptr && !why.empty() ? counts.at : ignored->key_at;
      append(counts.changes, changes);
      why += std::string(why.empty() ? "" : ", and ") +
             "an exception in ignoreExceptions counts for nothing";
    }
  }
  if (!why.empty()) {
    counts.why = why + " (Spring's clients throw for 4xx and 5xx)";
    draft.counts = std::move(counts);
  }
}

}  // namespace tripcurve::importer
