#include "importer/formats/istio_routes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/numbers.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::string_view default_retry_on =
    "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";
constexpr std::uint64_t default_retries = 2;

// A service may be called by its short name, or with its namespace and domain.
bool is_same_host(std::string_view a, std::string_view b) {
  const auto begins = [](std::string_view whole, std::string_view part) {
    return whole.size() > part.size() && whole.starts_with(part) && whole[part.size()] == '.';
  };
  return !a.empty() && (a == b || begins(a, b) || begins(b, a));
}

// Numbers among the words are statuses.
void take_retry_on(EnvoyRetry& retry, std::string_view words) {
  retry.on.clear();
  retry.tells_words = true;
  while (!words.empty()) {
    const auto word = trim(take_until(words, ","));
    if (const auto status = parse_ends(word); status && all_digits(word)) {
      retry.statuses.push_back(status->first);
    } else {
      retry.on += std::string(word) + ",";
    }
  }
  retry.on += "retriable-status-codes";
}

std::optional<Error> take_istio_retries(Draft& draft, EnvoyRetry& retry, const Node& retries) {
  Fields fields(retries, "retries of a VirtualService");
  retry.at = retries.key_at;
  retry.retries = read_value(fields, "attempts", whole_of).value_or(0);
  retry.per_try_timeout = read_value(fields, "perTryTimeout", go_duration_of);
  if (const auto words = read_value(fields, "retryOn", as_text); words && !words->empty()) {
    take_retry_on(retry, *words);
  }
  if (const auto backoff = read_value(fields, "backoff", go_duration_of)) {
    retry.base_interval = *backoff;
  }
  for (const auto* key : {"retryRemoteLocalities", "retryIgnorePreviousHosts"}) {
    if (const auto* node = fields.take(key)) {
      draft.ignored.push_back({node->key_at, key, "chooses the host of a retry"});
    }
  }
  if (retry.per_try_timeout && *retry.per_try_timeout <= Duration::zero()) {
    retry.per_try_timeout.reset();
  }
  return fields.error();
}

}  // namespace

std::vector<IstioRoute> istio_routes(const document::Documents& documents) {
  std::vector<IstioRoute> routes;
  for (const auto& visit : all_maps(documents)) {
    const auto* http = find_path(*visit.map, {"spec", "http"});
    if (word_of(*visit.map, "kind") != "VirtualService" || http == nullptr) {
      continue;
    }
    for (const auto& one : http->children) {
      const auto* targets = one.find("route");
      for (const auto& target :
           targets == nullptr ? std::span<const Node>{} : std::span(targets->children)) {
        if (const auto* destination = target.find("destination")) {
          routes.push_back({&one, destination});
        }
      }
    }
  }
  return routes;
}

const IstioRoute* route_to(const std::vector<IstioRoute>& routes, std::string_view host,
                           std::string_view part) {
  const auto leads_there = [&](const IstioRoute& route) {
    const auto subset = word_of(*route.destination, "subset");
    return is_same_host(word_of(*route.destination, "host"), host) &&
           (!part.starts_with('/') || subset == part.substr(1));
  };
  const auto found = std::ranges::find_if(routes, leads_there);
  return found == routes.end() ? nullptr : &*found;
}

void tell_of_default_retries(Draft& draft, const Place& at) {
  draft.warnings.push_back(
      {at, "retries",
       fmt::format("the file has no VirtualService that leads to this host, so the retries are not "
                   "known and not played; Istio tries a failed connection {} more times, and "
                   "before 1.24 also a 503, unless a VirtualService or the mesh's "
                   "defaultHttpRetryPolicy says otherwise",
                   default_retries)});
}

std::optional<Error> take_istio_route(Draft& draft, EnvoyCall& call, const IstioRoute& route) {
  if (const auto* timeout = route.http->find("timeout")) {
    const auto length = go_duration_of(*timeout);
    if (!length) {
      return length.error();
    }
    if (*length > Duration::zero()) {  // 0 is none, as is none
      call.timeout = Timeout{timeout->at, *length};
    }
  }
  EnvoyRetry retry{.at = route.http->at,
                   .on = std::string(default_retry_on),
                   .retries = default_retries,
                   .tells_words = false};
  if (const auto* retries = route.http->find("retries")) {
    if (auto error = take_istio_retries(draft, retry, *retries)) {
      return error;
    }
  }
  if (!retry.tells_words && retry.retries > 0) {
    draft.warnings.push_back({retry.at, "retries",
                              "without retryOn, Istio tries failed connections again, and before "
                              "1.24 also a 503; tripcurve plays 1.24"});
  }
  call.retry = retry;
  return std::nullopt;
}

}  // namespace tripcurve::importer
