// HAProxy: the servers of a backend that are observed, by backend and name.
//
// Parameters, their defaults and what `defaults` and `default-server` hand on: HAProxy's
// configuration.txt of 3.5-dev5, sections 4 and 5.2, and src/server.c, src/check.c.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "document/template.hpp"
#include "importer/formats.hpp"
#include "importer/numbers.hpp"

namespace tripcurve::importer {
namespace {

std::vector<std::string_view> haproxy_words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    if (const auto word = take_until(text, " "); !word.empty()) {
      words.push_back(word);
    }
  }
  return words;
}

// A number of milliseconds, or one with a unit: 2000, 2s, 500ms.
std::optional<Duration> haproxy_time(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::chrono::microseconds length;
  };
  constexpr std::array units{
      Unit{"", std::chrono::milliseconds(1)},   Unit{"us", std::chrono::microseconds(1)},
      Unit{"ms", std::chrono::milliseconds(1)}, Unit{"s", std::chrono::seconds(1)},
      Unit{"m", std::chrono::minutes(1)},       Unit{"h", std::chrono::hours(1)},
      Unit{"d", std::chrono::hours(24)}};
  const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
  const auto number = parse_count(digits, 0, 2'147'483'647);
  const auto unit = std::ranges::find(units, text.substr(digits.size()), &Unit::name);
  if (!number || unit == units.end()) {
    return std::nullopt;
  }
  return unit->length * static_cast<std::int64_t>(*number);
}

// Parameters that have a value behind them and are not read here; all others are flags.
constexpr std::array<std::string_view, 62> with_value{"addr",
                                                      "agent-addr",
                                                      "agent-inter",
                                                      "agent-port",
                                                      "agent-send",
                                                      "alpn",
                                                      "ca-file",
                                                      "cc",
                                                      "check-alpn",
                                                      "check-pool-conn-name",
                                                      "check-proto",
                                                      "check-sni",
                                                      "ciphers",
                                                      "ciphersuites",
                                                      "client-sigalgs",
                                                      "cookie",
                                                      "crl-file",
                                                      "crt",
                                                      "curves",
                                                      "guid",
                                                      "hash-key",
                                                      "healthcheck",
                                                      "id",
                                                      "idle-ping",
                                                      "init-addr",
                                                      "init-state",
                                                      "interface",
                                                      "ktls",
                                                      "log-bufsize",
                                                      "log-proto",
                                                      "max-reuse",
                                                      "maxconn",
                                                      "maxqueue",
                                                      "minconn",
                                                      "namespace",
                                                      "npn",
                                                      "on-marked-down",
                                                      "on-marked-up",
                                                      "pool-conn-name",
                                                      "pool-low-conn",
                                                      "pool-max-conn",
                                                      "pool-purge-delay",
                                                      "port",
                                                      "proto",
                                                      "proxy-v2-options",
                                                      "quic-cc-algo",
                                                      "redir",
                                                      "resolve-net",
                                                      "resolve-opts",
                                                      "resolve-prefer",
                                                      "resolvers",
                                                      "sigalgs",
                                                      "slowstart",
                                                      "sni",
                                                      "socks4",
                                                      "source",
                                                      "ssl-max-ver",
                                                      "ssl-min-ver",
                                                      "tcp-ut",
                                                      "track",
                                                      "usesrc",
                                                      "verify"};
constexpr std::array<std::string_view, 4> more_with_value{"verifyhost", "weight", "ws",
                                                          "tcp-md5sig"};

constexpr std::array<std::string_view, 8> haproxy_settings{
    "observe", "error-limit", "on-error", "inter", "fastinter", "downinter", "rise", "fall"};

bool has_value(std::string_view name) {
  return std::ranges::find(with_value, name) != with_value.end() ||
         std::ranges::find(more_with_value, name) != more_with_value.end() ||
         std::ranges::find(haproxy_settings, name) != haproxy_settings.end();
}

struct Parameter {
  std::string_view name;
  std::string_view value;
  const Node* line;
};

// Strongest first: of a parameter that is given twice the last value counts.
void add_parameters(const Node& line, std::size_t first, std::vector<Parameter>& parameters) {
  const auto words = haproxy_words(line.text);
  std::vector<Parameter> own;
  for (std::size_t i = first; i < words.size(); ++i) {
    const bool takes = has_value(words[i]) && i + 1 < words.size();
    own.push_back({words[i], takes ? words[i + 1] : std::string_view{}, &line});
    i += takes ? 1U : 0U;
  }
  parameters.insert(parameters.end(), own.rbegin(), own.rend());
}

// A section and what it inherits from, itself first.
using Chain = std::vector<const Node*>;

// A `defaults` holds for the sections behind it, up to the next one, or for those that name it.
Chain chain_of(const Node& document, const Node& section) {
  Chain chain{&section};
  for (const auto* one = &section; chain.size() < 10;) {
    const auto words = haproxy_words(one->text);
    const auto from = std::ranges::find(words, "from");
    const bool is_named = from != words.end() && from + 1 != words.end();
    if (!is_named && one->key == "defaults") {
      break;
    }
    const Node* next = nullptr;
    for (const auto& other : document.children) {
      const auto name = haproxy_words(other.text);
      const bool fits = is_named ? !name.empty() && name.front() == *(from + 1) : &other < one;
      next = other.key == "defaults" && fits ? &other : next;
    }
    if (next == nullptr || next == one) {
      break;
    }
    chain.push_back(next);
    one = next;
  }
  return chain;
}

// The last line of the section, or of what it inherits from, that fits.
template <typename Fits>
const Node* last_line_that(const Chain& chain, Fits fits) {
  for (const auto* section : chain) {
    const Node* found = nullptr;
    for (const auto& line : section->children) {
      found = fits(line) ? &line : found;
    }
    if (found != nullptr) {
      return found;
    }
  }
  return nullptr;
}

const Node* last_line(const Chain& chain, std::string_view begin) {
  return last_line_that(chain, [&](const Node& line) {
    return (line.key + " " + line.text + " ").starts_with(std::string(begin) + " ");
  });
}

bool is_server(const Node& line) { return line.key == "server" || line.key == "server-template"; }

struct HaproxyServer {
  Chain chain;
  const Node* server;
  std::vector<Parameter> parameters;  // the server's own, then those it inherits, nearest first
};

HaproxyServer server_of(const Node& document, const Node& section, const Node& server) {
  HaproxyServer one{chain_of(document, section), &server, {}};
  add_parameters(server, server.key == "server" ? 2 : 3, one.parameters);
  for (const auto* from : one.chain) {
    for (auto line = from->children.rbegin(); line != from->children.rend(); ++line) {
      const bool is_before = from != &section || &*line < &server;
      if (line->key == "default-server" && is_before) {
        add_parameters(*line, 0, one.parameters);
      }
    }
  }
  return one;
}

const Parameter* first_of(const HaproxyServer& one, std::initializer_list<std::string_view> names) {
  const auto found = std::ranges::find_if(one.parameters, [&](const Parameter& parameter) {
    return std::ranges::find(names, parameter.name) != names.end();
  });
  return found == one.parameters.end() ? nullptr : &*found;
}

bool is_observed(const HaproxyServer& one) {
  const auto* observe = first_of(one, {"observe"});
  return observe != nullptr && observe->value != "none";
}

// Where a word stands in a line of the file.
Place place_of(const Parameter& parameter) {
  auto at = parameter.line->at;
  at.column += static_cast<std::uint32_t>(parameter.name.data() - parameter.line->text.data());
  return at;
}

std::optional<Error> take_setting(Draft& draft, const Parameter& parameter) {
  const auto at = place_of(parameter);
  const bool is_time = parameter.name.ends_with("inter");
  const bool is_count =
      parameter.name == "error-limit" || parameter.name == "rise" || parameter.name == "fall";
  std::string value(parameter.value);
  if (document::is_template(value)) {
    return at.error(quoted(visible(value)) + " is template syntax",
                    std::string(document::render_first));
  }
  if (is_time) {
    const auto length = haproxy_time(value);
    if (!length) {
      return at.error(quoted(visible(value)) + " is not a valid time in HAProxy",
                      fmt::format("write milliseconds, or a unit: {} 2s", parameter.name));
    }
    value = format_duration(*length);
  } else if (is_count && !all_digits(value)) {
    return at.error(quoted(visible(value)) + " is not a number",
                    fmt::format("write it like {} 3", parameter.name));
  }
  draft.set(parameter.name, value, at);
  return std::nullopt;
}

struct ToldParameter {
  std::string_view name;
  std::string_view why;
};
constexpr std::array told_parameters{
    ToldParameter{"slowstart",
                  "a server that is back gets its share of the calls gradually; tripcurve sends it "
                  "the full share at once"},
    ToldParameter{"on-marked-down", "tripcurve does not play what this does to calls under way"},
    ToldParameter{"on-marked-up",
                  "tripcurve does not play what this does to calls of other servers"},
    ToldParameter{"agent-check", "tripcurve does not play what an agent reports about the server"},
    ToldParameter{"track",
                  "the server also goes down and comes back together with another one, which "
                  "tripcurve does not play"},
    ToldParameter{"backup", "says how calls are spread, and does not take a server out"},
    ToldParameter{"weight", "says how calls are spread, and does not take a server out"},
    ToldParameter{"maxconn", "limits concurrent calls, and does not take a server out"},
    ToldParameter{"init-state", "says how the server starts; in tripcurve it starts up"},
};

void tell_parameter(Draft& draft, const Parameter& parameter) {
  const auto known = std::ranges::find(told_parameters, parameter.name, &ToldParameter::name);
  const std::string why(known == told_parameters.end()
                            ? "says how the server is reached, and does not take one out"
                            : known->why);
  const bool is_told = std::ranges::any_of(
      draft.ignored, [&](const Note& note) { return note.what == parameter.name; });
  if (!is_told) {
    draft.ignored.push_back({place_of(parameter), std::string(parameter.name), why});
  }
}

std::optional<Error> take_parameters(Draft& draft, const HaproxyServer& one) {
  for (const auto& parameter : one.parameters) {
    if (std::ranges::find(haproxy_settings, parameter.name) != haproxy_settings.end()) {
      if (auto error = take_setting(draft, parameter)) {
        return error;
      }
      continue;
    }
    if (const auto meant = nearest(parameter.name, haproxy_settings);
        !meant.empty() && !has_value(parameter.name)) {
      return place_of(parameter).error(
          "HAProxy has no server parameter " + quoted(visible(parameter.name)),
          "did you mean " + quoted(meant) + "?");
    }
    if (parameter.name != "check" && parameter.name != "enabled") {
      tell_parameter(draft, parameter);
    }
  }
  return std::nullopt;
}

std::optional<Error> refuse_unobserved(const HaproxyServer& one) {
  if (!is_observed(one)) {
    return one.server->key_at.error(
        "this server has no circuit breaker: without observe, only its health checks take it down "
        "and bring it back",
        "write for example: check observe layer7 error-limit 10 on-error mark-down");
  }
  const auto* check = first_of(one, {"check", "no-check"});
  if (check == nullptr || check->name == "no-check") {
    return place_of(*first_of(one, {"observe"}))
        .error("observe has no effect without health checks", "add check to the line");
  }
  if (const auto* state = first_of(one, {"disabled", "enabled"});
      state != nullptr && state->name == "disabled") {
    return place_of(*state).error("this server is disabled", "name another one");
  }
  const auto* mode = last_line(one.chain, "mode");
  const bool is_tcp = mode == nullptr ? one.chain.size() > 1 : mode->text != "http";
  if (first_of(one, {"observe"})->value == "layer7" && is_tcp) {
    return place_of(*first_of(one, {"observe"}))
        .error("observe layer7 needs mode http, but this backend has mode " +
                   (mode == nullptr ? std::string("tcp") : visible(mode->text)),
               "write mode http, or observe layer4");
  }
  return std::nullopt;
}

// What a call is ended by counts as an error.
std::optional<Error> take_server_timeout(Draft& draft, const HaproxyServer& one) {
  const auto* line = last_line(one.chain, "timeout server");
  if (line == nullptr) {
    return std::nullopt;
  }
  const auto words = haproxy_words(line->text);
  const auto length = words.size() > 1 ? haproxy_time(words[1]) : std::nullopt;
  if (!length) {
    return line->at.error(quoted(visible(line->text)) + " is not a valid time in HAProxy",
                          "write milliseconds, or a unit: timeout server 30s");
  }
  draft.timeout = Timeout{line->at, *length};
  return std::nullopt;
}

// Checks that do more than connect.
void warn_of_checks(Draft& draft, const HaproxyServer& one) {
  const auto* check = last_line_that(one.chain, [](const Node& line) {
    const auto words = haproxy_words(line.text);
    return line.key == "option" && !words.empty() &&
           (words.front() == "httpchk" || words.front().ends_with("-check"));
  });
  if (check == nullptr || haproxy_words(check->text).front() == "tcp-check") {
    return;
  }
  draft.warnings.push_back({check->at, std::string(haproxy_words(check->text).front()),
                            "such a check fails during an outage, so HAProxy keeps a server down "
                            "until the outage is over; tripcurve plays checks that pass"});
}

void warn_of_server(Draft& draft, const HaproxyServer& one) {
  const auto servers = std::ranges::count_if(one.chain.front()->children, is_server);
  if (servers > 1) {
    draft.warnings.push_back({one.server->key_at, "",
                              fmt::format("one of {} servers: HAProxy sends the calls of a server "
                                          "that is down to the others; tripcurve plays one server",
                                          servers)});
  }
  if (draft.value_of("observe") == "layer7" && last_line(one.chain, "mode") == nullptr) {
    draft.warnings.push_back({place_of(*first_of(one, {"observe"})), "observe",
                              "layer7 needs mode http, which must be set in another file"});
  }
  if (const auto* fastinter = first_of(one, {"fastinter"})) {
    draft.warnings.push_back(
        {place_of(*fastinter), "fastinter",
         "up to 2.6, HAProxy checks a server that is down after this time; the imported breaker "
         "acts like 2.8; the dialect haproxy-2.6 has the same settings"});
  }
}

Result<Draft> read_haproxy_server(const HaproxyServer& one) {
  if (auto error = refuse_unobserved(one)) {
    return *error;
  }
  Draft draft{.dialect = "haproxy"};
  if (auto error = take_parameters(draft, one)) {
    return *error;
  }
  if (auto error = take_server_timeout(draft, one)) {
    return *error;
  }
  if (draft.value_of("observe") == "layer4") {
    draft.counts = ImportedCounts{.at = place_of(*first_of(one, {"observe"})),
                                  .changes = *parse_outcome_changes(
                                      "5xx=success,600-999=success,reset=success,closed=success,"
                                      "bad_answer=success"),
                                  .why = "with layer4 only connections count"};
  }
  warn_of_checks(draft, one);
  warn_of_server(draft, one);
  return draft;
}

}  // namespace

Result<std::vector<Found>> find_haproxy(const document::Documents& documents) {
  std::vector<Found> observed;
  std::vector<Found> others;
  for (const auto& document : documents) {
    for (const auto& section : document.children) {
      const auto name = haproxy_words(section.text);
      if ((section.key != "backend" && section.key != "listen") || name.empty()) {
        continue;
      }
      for (const auto& line : section.children) {
        const auto words = haproxy_words(line.text);
        if (!is_server(line) || words.size() < 2 || !line.is_scalar()) {
          continue;
        }
        const auto one = server_of(document, section, line);
        (is_observed(one) ? observed : others)
            .push_back({fmt::format("{}/{}", name.front(), words.front()), line.key_at,
                        [one] { return read_haproxy_server(one); }});
      }
    }
  }
  return observed.empty() ? others : observed;
}

}  // namespace tripcurve::importer
