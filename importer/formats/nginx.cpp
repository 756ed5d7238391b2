// nginx: the servers of an upstream, with max_fails and fail_timeout, by upstream and address.
//
// Parameters and defaults: ngx_http_upstream_module's documentation, `server` and
// `proxy_next_upstream`; nginx at 3f6f7824, ngx_http_upstream.c.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <vector>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats.hpp"
#include "importer/numbers.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    if (const auto word = take_until(text, " "); !word.empty()) {
      words.emplace_back(word);
    }
  }
  return words;
}

// ngx_parse_time for seconds: 10, 10s, 1m30s, 1d, each unit shorter than the one before.
std::optional<std::chrono::seconds> nginx_time(std::string_view text) {
  using std::chrono::seconds;
  struct Unit {
    char letter;
    seconds length;
  };
  constexpr std::array units{Unit{'y', std::chrono::hours(24 * 365)},
                             Unit{'M', std::chrono::hours(24 * 30)},
                             Unit{'w', std::chrono::hours(24 * 7)},
                             Unit{'d', std::chrono::hours(24)},
                             Unit{'h', std::chrono::hours(1)},
                             Unit{'m', std::chrono::minutes(1)},
                             Unit{'s', seconds(1)}};
  constexpr std::uint64_t most = 36'000'000;  // 10000h
  seconds sum{};
  auto longest = units.begin();
  while (!text.empty()) {
    const auto count = text.substr(0, text.find_first_not_of("0123456789"));
    const auto number = parse_count(count, 0, most);
    text.remove_prefix(count.size());
    const char letter = text.empty() ? 's' : text.front();
    const auto unit = std::ranges::find(longest, units.end(), letter, &Unit::letter);
    if (!number || unit == units.end()) {
      return std::nullopt;
    }
    text.remove_prefix(text.empty() ? 0 : 1);
    sum += unit->length * static_cast<std::int64_t>(*number);
    longest = std::next(unit);
  }
  return sum <= seconds(most) ? std::optional(sum) : std::nullopt;
}

Result<std::string> as_seconds(const Node& server, const std::string& value) {
  const auto length = value.empty() ? std::nullopt : nginx_time(value);
  if (!length) {
    return server.at.error(
        quoted(visible(value)) + " is not a valid time in nginx, or is longer than 10000h",
        "write whole seconds: fail_timeout=30s");
  }
  return format_duration(*length);
}

struct Told {
  std::string_view parameter;
  std::string_view why;
};
constexpr std::string_view spread = "says how calls are spread, and does not take a server out";
constexpr std::string_view address = "says which server it is";
constexpr std::array told{
    Told{"weight", spread},     Told{"max_conns", spread}, Told{"backup", spread},
    Told{"slow_start", spread}, Told{"route", spread},     Told{"drain", spread},
    Told{"resolve", address},   Told{"service", address},  Told{"id", address},
};

std::optional<Error> take_parameter(Draft& draft, const Node& server, const std::string& word) {
  const auto equals = word.find('=');
  const auto name = word.substr(0, equals);
  const auto value = equals == std::string::npos ? std::string() : word.substr(equals + 1);
  if (name == "max_fails") {
    if (!all_digits(value)) {
      return server.at.error(quoted(visible(value)) + " is not a number of failures",
                             "write it like max_fails=3");
    }
    draft.set(name, value, server.at);
    return std::nullopt;
  }
  if (name == "fail_timeout") {
    auto length = as_seconds(server, value);
    if (!length) {
      return length.error();
    }
    draft.set(name, *std::move(length), server.at);
    return std::nullopt;
  }
  if (name == "down") {
    return server.at.error("this server is marked as down permanently", "name another one");
  }
  const auto known = std::ranges::find(told, name, &Told::parameter);
  if (known == told.end()) {
    return server.at.error("nginx has no server parameter " + quoted(visible(name)),
                           "use max_fails, fail_timeout, weight, max_conns or another of nginx's");
  }
  draft.ignored.push_back({server.at, name, std::string(known->why)});
  return std::nullopt;
}

// The statuses that a proxy_next_upstream makes failures; without one, none is.
Result<ImportedCounts> nginx_counts_of(const Node& next_upstream) {
  // Connections that fail and broken answers count always, http_403 and http_404 never.
  constexpr std::array<std::string_view, 8> known{"error",          "timeout",  "invalid_header",
                                                  "denied",         "http_403", "http_404",
                                                  "non_idempotent", "off"};
  constexpr std::array<std::string_view, 5> counting{"http_500", "http_502", "http_503", "http_504",
                                                     "http_429"};
  std::string changes = "5xx=success";
  for (const auto& word : words_of(next_upstream.text)) {
    if (std::ranges::find(counting, word) != counting.end()) {
      changes += fmt::format(",{}=failure", word.substr(word.find('_') + 1));
    } else if (std::ranges::find(known, word) == known.end()) {
      return next_upstream.at.error(
          fmt::format("{} has no value {}", next_upstream.key, quoted(visible(word))),
          "use error, timeout, invalid_header, http_500, http_502, http_503, http_504, http_429, "
          "non_idempotent or off");
    }
  }
  return ImportedCounts{
      .at = next_upstream.key_at,
      .changes = difference(OutcomeRules().with(*parse_outcome_changes(changes)), OutcomeRules()),
      .why =
          fmt::format("the only statuses that count are those that {} names", next_upstream.key)};
}

struct Server {
  const Node* upstream;
  const Node* server;
  const Node* next_upstream;  // null where the file has none
  const Node* tries;          // proxy_next_upstream_tries, or null
  std::size_t several;        // other proxy_next_upstream of the file
};

// How many servers a request may be tried at: those that are not down, or what _tries says.
std::uint64_t tries_of(const Server& one) {
  const auto servers = std::ranges::count_if(one.upstream->children, [](const Node& child) {
    const auto words = words_of(child.text);
    return child.key == "server" && std::ranges::find(words, "down") == words.end();
  });
  const auto all = static_cast<std::uint64_t>(servers);
  const auto most =
      one.tries == nullptr ? Result<std::uint64_t>(0) : parse_count(one.tries->text, 0, 1'000'000);
  return most && *most > 0 ? std::min(all, *most) : all;
}

// Statuses count for calls that may be made again (ngx_http_upstream_test_next): nginx asks the
// method and the tries that are left, and tripcurve's breaker is told neither.
void take_statuses(Draft& draft, const Server& one) {
  const auto& next_upstream = *one.next_upstream;
  const auto has = [&](std::string_view word) {
    return next_upstream.text.find(word) != std::string::npos;
  };
  if (!has("http_5") && !has("http_429")) {
    return;
  }
  const auto tries = tries_of(one);
  if (tries <= 1) {
    draft.counts = ImportedCounts{
        .at = one.tries == nullptr ? next_upstream.key_at : one.tries->key_at,
        .changes = *parse_outcome_changes("5xx=success"),
        .why = "a status counts only while another server is left to try, and here there is none"};
    return;
  }
  draft.warnings.push_back(
      {next_upstream.key_at, next_upstream.key,
       fmt::format(
           "a status counts only while another server is left to try: the status of the last of up "
           "to {} tries of a request is not a failure; tripcurve counts every call as a first try",
           tries)});
  if (!has("non_idempotent")) {
    draft.warnings.push_back({next_upstream.key_at, next_upstream.key,
                              "without non_idempotent, a status does not count for POST, LOCK and "
                              "PATCH; tripcurve counts it for every method"});
  }
}

Result<Draft> read_server(const Server& one) {
  const auto& server = *one.server;
  Draft draft{.dialect = "nginx"};
  const auto words = words_of(server.text);
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (auto error = take_parameter(draft, server, words[i])) {
      return *error;
    }
  }
  const auto servers = std::ranges::count(one.upstream->children, "server", &Node::key);
  if (servers == 1) {
    return server.key_at.error(
        "the only server of an upstream has no breaker: nginx never takes it out",
        "name a server of an upstream that has several servers");
  }
  if (draft.value_of("max_fails") == "0") {
    return server.at.error("a server with max_fails=0 has no circuit breaker",
                           "write for example max_fails=3");
  }
  if (one.next_upstream != nullptr) {
    auto counts = nginx_counts_of(*one.next_upstream);
    if (!counts) {
      return counts.error();
    }
    draft.counts = *std::move(counts);
    take_statuses(draft, one);
    if (one.several > 0) {
      draft.warnings.push_back(
          {one.next_upstream->key_at, one.next_upstream->key,
           "is given more than once; tripcurve uses what the first one names"});
    }
  }
  draft.warnings.push_back(
      {server.key_at, "",
       fmt::format("one of {} servers: nginx sends the calls of a server that is out to the "
                   "others, and tries a failed call again at another; tripcurve plays one server",
                   servers)});
  return draft;
}

}  // namespace

Result<std::vector<Found>> find_nginx(const document::Documents& documents) {
  std::vector<Found> found;
  const auto visits = all_maps(documents);
  const Node* next_upstream = nullptr;
  const Node* tries = nullptr;
  std::size_t several = 0;
  for (const auto& visit : visits) {
    for (const auto& child : visit.map->children) {
      // Of proxy, grpc, fastcgi, uwsgi and scgi.
      if (child.key.ends_with("_next_upstream") && child.is_scalar()) {
        several += next_upstream == nullptr ? 0U : 1U;
        next_upstream = next_upstream == nullptr ? &child : next_upstream;
      }
      if (child.key.ends_with("_next_upstream_tries") && child.is_scalar()) {
        tries = tries == nullptr ? &child : tries;
      }
    }
  }
  for (const auto& visit : visits) {
    // A block of YAML has no text of its own.
    const auto& upstream = *visit.map;
    if (upstream.key != "upstream" || upstream.text.empty()) {
      continue;
    }
    for (const auto& server : upstream.children) {
      if (server.key == "server" && server.is_scalar() && !server.text.empty()) {
        const Server one{&upstream, &server, next_upstream, tries, several};
        found.push_back({upstream.text + "/" + words_of(server.text).front(), server.key_at,
                         [one] { return read_server(one); }});
      }
    }
  }
  return found;
}

}  // namespace tripcurve::importer
