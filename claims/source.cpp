#include "claims/source.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "claims/kind.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::claims {
namespace {

constexpr std::array<std::string_view, 5> source_keys{"breaker", "every", "metric", "values",
                                                      "label"};
constexpr const char* example = "write 'prometheus http://127.0.0.1:8080/metrics'";

Result<Claim> parse_states(std::string_view text) {
  Claim claim;
  auto rest = text;
  while (!rest.empty()) {
    const auto word = take_until(rest, "/");
    const auto one = claim_named(word);
    if (!one) {
      return Error{quoted(word) + " is no state", "known: closed, open, half_open"};
    }
    claim.closed = claim.closed || one->closed;
    claim.open = claim.open || one->open;
    claim.half_open = claim.half_open || one->half_open;
  }
  return claim;
}

std::optional<double> parse_gauge(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && value - value == 0 ? std::optional(value) : std::nullopt;
}

// key=value of a source; the Error names the key.
std::optional<Error> set_in(Source& source, std::string_view key, const std::string& value) {
  if (value.empty()) {
    return Error{quoted(key) + " has no value", fmt::format("write {}=..., or leave it out", key)};
  }
  if (key == "breaker") {
    source.breaker = value;
  } else if (key == "metric") {
    source.metric = value;
  } else if (key == "label") {
    source.state_label = value;
  } else if (key == "every") {
    const auto interval = parse_interval(value);
    if (!interval) {
      return interval.error().in("every");
    }
    source.every = *interval;
  } else if (key == "values") {
    auto meanings = parse_meanings(value);
    if (!meanings) {
      return meanings.error().in("values");
    }
    source.values = *std::move(meanings);
  } else {
    return Error{quoted(key) + " is no setting of a source", did_you_mean(key, source_keys)};
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> parse_source_url(const std::string& text) {
  constexpr std::string_view scheme = "http://";
  if (text.starts_with("https://")) {
    return Error{
        quoted(text) + " asks for TLS, and what a service says of itself is asked in plain",
        "write the http:// address of its admin or metrics port"};
  }
  const bool named =
      text.starts_with(scheme) && text.size() > scheme.size() && text[scheme.size()] != '/';
  if (!named || text.find_first_of(white_space) != std::string::npos) {
    return Error{quoted(text) + " is no URL that can be asked",
                 "write http://127.0.0.1:8080/metrics"};
  }
  return text;
}

Result<Duration> parse_interval(const std::string& text) {
  const auto interval = parse_duration(text);
  if (interval && *interval < shortest_interval) {
    return Error{quoted(text) + " is too often to ask",
                 "write at least " + format_duration(shortest_interval)};
  }
  return interval;
}

Result<Meanings> parse_meanings(const std::string& text) {
  Meanings meanings;
  std::string_view rest = text;
  while (!rest.empty()) {
    auto state = trim(take_until(rest, ","));
    const auto number = take_until(state, ":");
    const auto value = parse_gauge(trim(number));
    if (!value || trim(state).empty()) {
      return Error{quoted(text) + " does not say what values mean: " + quoted(number),
                   "write 0:closed,1:half_open,2:open"};
    }
    const auto claim = parse_states(trim(state));
    if (!claim) {
      return claim.error();
    }
    for (const auto& [known, meaning] : meanings) {
      if (known == *value) {
        return Error{fmt::format("{} has two meanings", known),
                     "write 1:half_open/open where a value may mean either"};
      }
    }
    meanings.emplace_back(*value, *claim);
  }
  if (meanings.empty()) {
    return Error{"no value has a meaning", "write 0:closed,1:half_open,2:open"};
  }
  return meanings;
}

std::string format_meanings(const Meanings& meanings) {
  std::string text;
  for (const auto& [value, claim] : meanings) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", value, text_of(claim));
  }
  return text;
}

std::optional<Error> contradiction(const Source& source) {
  const bool maps = !source.values.empty() || !source.state_label.empty();
  if (!source.kind->takes_metric && (maps || !source.metric.empty())) {
    return Error{
        "'metric', 'values' and 'label' are for a source of kind prometheus, and this is " +
            std::string(source.kind->name),
        "leave them out"};
  }
  if (!source.values.empty() && !source.state_label.empty()) {
    return Error{"'values' and 'label' both say how the metric tells the state",
                 "give one of them"};
  }
  if (maps && source.metric.empty()) {
    return Error{"'values' and 'label' are of a metric of your own, and 'metric' names none",
                 "add its name: metric=breaker_state"};
  }
  if (!source.metric.empty() && !maps) {
    return Error{"'metric' names " + quoted(source.metric) + ", but nothing says what it means",
                 "add values=0:closed,1:half_open,2:open, or label=state where a label has the "
                 "state's name"};
  }
  return std::nullopt;
}

Result<Source> parse_source(const std::string& text) {
  std::string_view rest = trim(text);
  const auto kind = find_kind(std::string(take_until(rest, white_space)));
  if (!kind) {
    return kind.error();
  }
  Source source{.kind = *kind};
  rest = trim(rest);
  const auto url = parse_source_url(std::string(take_until(rest, white_space)));
  if (!url) {
    return Error{url.error().message, example};
  }
  source.url = *url;
  std::vector<std::string_view> given;
  for (rest = trim(rest); !rest.empty(); rest = trim(rest)) {
    auto value = take_until(rest, white_space);
    const auto key = take_until(value, "=");
    for (const auto other : given) {
      if (other == key) {
        return Error{quoted(key) + " is given twice", "give it once"};
      }
    }
    given.push_back(key);
    if (auto error = set_in(source, key, std::string(value))) {
      return *std::move(error);
    }
  }
  if (auto error = contradiction(source)) {
    return *std::move(error);
  }
  return source;
}

std::string text_of(const Source& source) {
  auto text = fmt::format("{} {}", source.kind->name, source.url);
  if (!source.breaker.empty()) {
    text += ", breaker " + source.breaker;
  }
  return text;
}

}  // namespace tripcurve::claims
