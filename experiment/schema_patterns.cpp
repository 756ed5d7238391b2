#include "experiment/schema_patterns.hpp"

#include <fmt/format.h>

#include "breaker/registry.hpp"
#include "expect/metrics.hpp"
#include "faults/registry.hpp"

namespace tripcurve::experiment::pattern {
namespace {

constexpr std::string_view byte_size = R"([0-9]+(?:\.[0-9]*)?(?:B|[KMG]i?B))";

constexpr std::string_view decimal = R"((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))";

// A list of `item` with commas between.
std::string list(const std::string& item) { return fmt::format(R"({0}(?:\s*,\s*{0})*)", item); }

std::string escaped(std::string_view word) {
  std::string text;
  for (const char c : word) {
    text += std::string_view(".()+*?[]{}|^$\\").find(c) == std::string_view::npos
                ? std::string(1, c)
                : std::string("\\") + c;
  }
  return text;
}

constexpr std::string_view states = "(?:closed|open|half_open)";

// The bound of a metric of this unit, as a number.
std::string bound(expect::Unit unit) {
  switch (unit) {
    case expect::Unit::duration:
      return duration();
    case expect::Unit::share:
      return share();
    case expect::Unit::count:
      return "[0-9]+";
    case expect::Unit::rate:
      return rate();
    case expect::Unit::per_minute:
      return fmt::format("{}(?:/m)?", decimal);
    case expect::Unit::ratio:
      return std::string(decimal);
    case expect::Unit::states:
      return fmt::format(R"(\[\s*{}\s*\])", list(std::string(states)));
  }
  return "";
}

// A comparison of one metric of this unit; empty when there is none.
std::string terms_of(expect::Unit unit) {
  std::vector<std::string> names;
  std::vector<std::string> wholes;
  for (const auto& metric : expect::metrics()) {
    if (metric.unit != unit) {
      continue;
    }
    const auto name = escaped(metric.name);
    names.push_back(metric.takes_state ? fmt::format(R"({}\s*\(\s*{}\s*\))", name, states) : name);
    if (!metric.takes_state) {
      wholes.push_back(name);
    }
  }
  if (names.empty()) {
    return "";
  }
  if (unit == expect::Unit::states) {
    return fmt::format(R"({}\s*[=!]=\s*{})", one_of(names), bound(unit));
  }
  return fmt::format(R"({}\s*(?:[<>]=?|[=!]=)\s*(?:{}|{}\s+of\s+{}))", one_of(names), bound(unit),
                     share(), wholes.empty() ? names.front() : one_of(wholes));
}

// A kind of fault with its parameters, if it is about single requests.
std::string fault(const faults::Kind& kind) {
  const auto word = &kind == faults::find_kind("503") ? "[2-5][0-9][0-9]" : std::string(kind.word);
  std::vector<std::string> names;
  for (const auto& parameter : kind.parameters) {
    names.emplace_back(parameter.name);
  }
  if (names.empty()) {
    return word;
  }
  const auto one = fmt::format(R"(\s*{}\s*=[^,()]+)", one_of(names));
  return fmt::format(R"({}(?:\({}\))?)", word, list(one));
}

}  // namespace

std::string one_of(const std::vector<std::string>& words) {
  return fmt::format("(?:{})", fmt::join(words, "|"));
}

std::string any_case(std::string_view word) {
  std::string text;
  for (const char c : word) {
    const bool small = c >= 'a' && c <= 'z';
    const bool large = c >= 'A' && c <= 'Z';
    text += small   ? fmt::format("[{}{}]", static_cast<char>(c - 32), c)
            : large ? fmt::format("[{}{}]", c, static_cast<char>(c + 32))
                    : escaped(std::string_view(&c, 1));
  }
  return text;
}

std::string whole(const std::string& text) { return fmt::format(R"(^\s*(?:{})\s*$|\$\{{)", text); }

std::string more_than_nothing(const std::string& number) { return R"((?=\S*[1-9]))" + number; }

std::string duration() {
  return fmt::format(R"((?:{}(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)", decimal);
}

std::string share() { return R"((?:0*100(?:\.0*)?|0*[0-9]{1,2}(?:\.[0-9]*)?|\.[0-9]+)%)"; }

std::string rate() { return more_than_nothing(fmt::format("{}/[smh]", decimal)); }

std::string stage_rate() { return fmt::format(R"({0}/[smh](?:\s*->\s*{0}/[smh])?)", decimal); }

std::string stage_workers() { return R"([0-9]+(?:\s*->\s*[0-9]+)?)"; }

std::string latency() {
  const auto percentile = fmt::format(R"((?:p{}|max)\s*=\s*{})", decimal, duration());
  const auto part = fmt::format(
      R"((?:{0}(?:\s*(?:\.\.|\+-)\s*{0})?|{1}(?:\s*,\s*{1})+|mean\s*=\s*{2}|{0}\s*\*\s*in_flight|)"
      R"((?:normal|lognormal|exp|pareto|wave|file)\([^()]*\)))",
      duration(), percentile, more_than_nothing(duration()));
  return fmt::format(R"({0}(?:\s*:\s*{1})?(?:\s*\+\s*{0}(?:\s*:\s*{1})?)*)", part, share());
}

std::string abandonment() {
  const auto after = fmt::format(R"(after\s*{})", latency());
  return fmt::format(R"((?:{}(?:\s*{})?|{}))", share(), after, after);
}

std::string errors() {
  std::vector<std::string> all;
  std::vector<std::string> whole;
  for (const auto* kind : faults::kinds()) {
    (kind->of == faults::Kind::Of::port ? whole : all).push_back(fault(*kind));
  }
  const auto shares = fmt::format(R"({0}(?:\s*->\s*{0})?)", share());
  const auto item = fmt::format(R"((?:(?!hang\s*:[^,]*@){0}\s*:\s*{1}(?:\s*@\s*{2})?|{1}))",
                                one_of(all), shares, latency());
  const auto when = fmt::format(
      R"((?:(?:burst|every|first)\s*=\s*[0-9]+|per\s*=\s*(?:request|connection|client)|after\s*=\s*{}|(?:ge|flap)\s*\([^()]*\)))",
      duration());
  return fmt::format(R"((?:none|{}(?:\s*:\s*100%)?|seq\(.*\)|{}))", one_of(whole),
                     list("(?:" + item + "|" + when + ")"));
}

std::string path() { return R"(/[^\u0000-\u0020\u007f]*)"; }

std::string method() { return R"([-!#$%&'*+.^_`|~0-9A-Z]+)"; }

std::string phase_name() {
  return fmt::format(R"((?!{}\s*$){})", duration(), R"([^ \t\r\n\v\f=]+)");
}

std::string rate_limit() {
  return fmt::format(R"((?:none|{}(?:\s*,\s*(?:burst=[0-9]+|status=[45][0-9][0-9]))*))", rate());
}

std::string capacity() {
  const auto setting =
      fmt::format(R"((?:workers=[0-9]+|service={}|queue=[0-9]+|full=[45][0-9][0-9]|shed={}|)"
                  R"(order=(?:fifo|lifo)))",
                  latency(), more_than_nothing(duration()));
  return fmt::format(R"((?:none|{}))", list(setting));
}

std::string sizes() {
  return fmt::format(R"((?:none|{}))",
                     list(fmt::format(R"({}(?:\s*:\s*{})?)", byte_size, share())));
}

std::string bandwidth() { return fmt::format(R"((?:none|{}/s))", byte_size); }

std::string body_pace() {
  return fmt::format(
      R"((?:none|{}))",
      list(fmt::format(R"((?:chunks\s*=\s*[0-9]+|slice\s*=\s*{}|(?:over|every|head)\s*=\s*{}))",
                       byte_size, duration())));
}

std::string mishap() { return fmt::format(R"({0}(?:\s*@\s*|\s+at\s+){0})", share()); }

std::string event_stream() {
  return fmt::format(
      R"((?:none|{}))",
      list(fmt::format(R"((?:events\s*=\s*[0-9]+|every\s*=\s*{}|(?:die|stall|error)\s*=\s*{}))",
                       duration(), mishap())));
}

std::string match() {
  return fmt::format(R"((?=\S)(?:{}(?=\s|$))?\s*(?:{})?(?:\s*[^\s=/]+=[^ \t\r\n\v\f]*)*)", method(),
                     path());
}

std::string endpoint() { return fmt::format(R"((?:{}\s+)?{})", method(), path()); }

std::string phase() {
  return fmt::format(
      R"([^\s=]+\s+{}(?:\s+(?:latency={}|errors={}|rate_limit={}|capacity={}|size={}|bandwidth={}|)"
      R"(body={}|stream={}|on={}))*)",
      more_than_nothing(duration()), latency(), errors(), rate_limit(), capacity(), sizes(),
      bandwidth(), body_pace(), event_stream(), path());
}

std::string breaker() {
  std::vector<std::string> all;
  for (const auto& dialect : tripcurve::breaker::dialects()) {
    std::vector<std::string> keys;
    for (const auto& key : dialect.keys) {
      keys.push_back(any_case(key.name));
      if (!key.short_name.empty()) {
        keys.push_back(any_case(key.short_name));
      }
    }
    std::vector<std::string> names{any_case(dialect.name)};
    if (!dialect.alias.empty()) {
      names.push_back(any_case(dialect.alias));
    }
    all.push_back(keys.empty() ? one_of(names)
                               : fmt::format("{}(?:,{}=[^,]+)*", one_of(names), one_of(keys)));
  }
  return one_of(all);
}

std::string expectation() {
  std::vector<std::string> terms;
  for (const auto unit :
       {expect::Unit::duration, expect::Unit::share, expect::Unit::count, expect::Unit::rate,
        expect::Unit::per_minute, expect::Unit::ratio, expect::Unit::states}) {
    if (auto term = terms_of(unit); !term.empty()) {
      terms.push_back(std::move(term));
    }
  }
  return fmt::format(R"({0}(?:\s+and\s+{0})*)", one_of(terms));
}

}  // namespace tripcurve::experiment::pattern
