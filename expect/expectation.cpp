#include "expect/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "expect/comparison.hpp"

namespace tripcurve::expect {
namespace {

using breaker::State;

constexpr std::array states{State::closed, State::open, State::half_open};

Result<State> parse_state(std::string_view text) {
  std::vector<std::string_view> names;
  for (const auto state : states) {
    if (breaker::name(state) == text) {
      return state;
    }
    names.push_back(breaker::name(state));
  }
  return Error{quoted(text) + " is not a state", did_you_mean(text, names)};
}

Result<std::vector<State>> parse_states(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']')) {
    return Error{quoted(text) + " is not a list of states", "write " + example(Unit::states)};
  }
  std::vector<State> all;
  auto rest = text.substr(1, text.size() - 2);
  while (!trim(rest).empty()) {
    const auto state = parse_state(trim(take_until(rest, ",")));
    if (!state) {
      return state.error();
    }
    all.push_back(*state);
  }
  if (all.empty()) {
    return Error{"'[]' has no state", "write " + example(Unit::states)};
  }
  return all;
}

// "5% of calls"
std::optional<Error> read_relative(std::string_view share, std::string_view of, Term& term) {
  const auto part = parse_share(share);
  if (!part) {
    return part.error();
  }
  const auto whole = find_metric(of);
  if (!whole) {
    return whole.error();
  }
  const auto& metric = *term.metric;
  if ((*whole)->unit != metric.unit || (*whole)->takes_state) {
    return Error{fmt::format("{} cannot be a part of {}", metric.name, (*whole)->name),
                 metric.unit == Unit::duration ? "write '% of duration'" : "write '% of calls'"};
  }
  term.bound.emplace<RelativeBound>(RelativeBound{part->value, *whole});
  return std::nullopt;
}

std::optional<Error> read_bound(std::string_view text, Term& term) {
  if (term.metric->unit == Unit::states) {
    const auto list = parse_states(text);
    if (!list) {
      return list.error();
    }
    term.bound.emplace<std::vector<State>>(*list);
    return std::nullopt;
  }
  if (const auto of = text.find(" of "); of != std::string_view::npos) {
    return read_relative(trim(text.substr(0, of)), trim(text.substr(of + 4)), term);
  }
  const bool negative = is_difference(*term.metric) && text.starts_with('-');
  const auto value =
      parse_bound(negative ? text.substr(1) : text, term.metric->name, term.metric->unit);
  if (!value) {
    return value.error();
  }
  term.bound.emplace<FixedBound>(FixedBound{negative ? -*value : *value});
  return std::nullopt;
}

// The bound is the least or the most that the metric can be.
struct Extreme {
  bool least = false;
  bool most = false;
};
Extreme extreme(const Term& term) {
  if (const auto* fixed = std::get_if<FixedBound>(&term.bound)) {
    const bool is_share = term.metric->unit == Unit::share;
    const bool least =
        is_difference(*term.metric) ? is_share && fixed->value <= -1 : fixed->value <= 0;
    return {least, is_share && fixed->value >= 1};
  }
  if (const auto* relative = std::get_if<RelativeBound>(&term.bound)) {
    return {relative->share <= 0,
            relative->share >= 1 && never_exceeds(*term.metric, *relative->of)};
  }
  return {};
}

// A comparison that holds for every value there can be, or for none, asks nothing.
std::optional<Error> pointless(const Term& term) {
  const auto bound = extreme(term);
  const auto c = term.comparison;
  if ((bound.least && c == Relation::less) || (bound.most && c == Relation::greater)) {
    return Error{quoted(term.text) + " can never hold",
                 c == Relation::less ? "write == or <=" : "write == or >="};
  }
  if ((bound.least && c == Relation::at_least) || (bound.most && c == Relation::at_most)) {
    return Error{quoted(term.text) + " always holds", "use a bound that a run can miss"};
  }
  return std::nullopt;
}

std::string single_spaced(std::string_view text) {
  std::string result;
  for (auto rest = trim(text); !rest.empty(); rest = trim(rest)) {
    result += (result.empty() ? "" : " ");
    result += take_until(rest, white_space);
  }
  return result;
}

Result<Term> parse_term(std::string_view text) {
  Term term;
  term.text = single_spaced(text);
  const auto cut = parse_comparison(text);
  if (!cut) {
    return cut.error();
  }
  term.comparison = cut->relation;
  const auto named = parse_metric(cut->metric);
  if (!named) {
    return named.error();
  }
  term.metric = named->metric;
  term.state = named->state;
  if (cut->bound.empty()) {
    return Error{quoted(term.text) + " has no bound", "write " + example(term.metric->unit)};
  }
  if (auto error = read_bound(cut->bound, term)) {
    return *std::move(error);
  }
  const bool ordered = term.comparison != Relation::equal && term.comparison != Relation::different;
  if (term.metric->unit == Unit::states && ordered) {
    return Error{"a list of states cannot be more or less than another", "write == or !="};
  }
  if (auto error = pointless(term)) {
    return *std::move(error);
  }
  return term;
}

std::optional<Error> unknown_name(std::string_view what, const std::string& name,
                                  const std::vector<std::string>& known) {
  if (name.empty() || std::ranges::find(known, name) != known.end()) {
    return std::nullopt;
  }
  const std::vector<std::string_view> names(known.begin(), known.end());
  return Error{fmt::format("there is no {} {}", what, quoted(name)), did_you_mean(name, names)};
}

std::optional<Error> too_narrow(const Metric& metric, const report::Scope& scope) {
  if (!scope.phase.empty() && metric.whole_run) {
    return Error{fmt::format("{} is about the whole experiment", metric.name),
                 "leave out the phase"};
  }
  if (!scope.breaker.empty() && !metric.by_breaker) {
    return Error{fmt::format("{} is not counted by breaker", metric.name),
                 metric.by_endpoint ? "name the endpoint instead" : "leave out the breaker"};
  }
  if (!scope.endpoint.empty() && !metric.by_endpoint) {
    return Error{fmt::format("{} is not counted by endpoint", metric.name),
                 "leave out the endpoint"};
  }
  if (!scope.service.empty() && !metric.by_service) {
    return Error{fmt::format("{} is not counted by service", metric.name),
                 metric.by_link ? "name a link instead: {link: order -> payment, that: ...}"
                                : "see tripcurve describe " + std::string(metric.name)};
  }
  if (!scope.link.empty() && !metric.by_link) {
    return Error{fmt::format("{} is not counted by link", metric.name),
                 metric.by_service ? "name a service instead: {service: gateway, that: ...}"
                                   : "see tripcurve describe " + std::string(metric.name)};
  }
  if (metric.only_by_service && scope.service.empty()) {
    const auto that = fmt::format("{} < {}", metric.name,
                                  metric.unit == Unit::duration ? "5s" : example(metric.unit));
    return Error{
        fmt::format("{} is about one service of a topology", metric.name),
        fmt::format("write {{service: gateway, that: {0}}}, or --expect 'service gateway: {0}'",
                    that)};
  }
  return std::nullopt;
}

// A scope that a topology has, without one, or beside what a topology's services do not know.
std::optional<Error> mistake_of_topology(const report::Scope& scope, const Names& names) {
  const auto* what = !scope.service.empty() ? "service" : !scope.link.empty() ? "link" : nullptr;
  if (what == nullptr) {
    return std::nullopt;
  }
  if (names.services.empty()) {
    return Error{fmt::format("there is no topology, so there is no {} to judge", what),
                 "add a topology to the experiment"};
  }
  if (!scope.service.empty() && !scope.link.empty()) {
    return Error{"'service' and 'link' are two views of a run", "write an expectation for each"};
  }
  if (!scope.endpoint.empty() || !scope.breaker.empty()) {
    return Error{fmt::format("a {} does not count by {}", what,
                             scope.endpoint.empty() ? "breaker" : "endpoint"),
                 fmt::format("name only the {}, and a phase", what)};
  }
  return std::nullopt;
}

// The metric is of breakers that are not there.
std::optional<Error> nothing_of_it(const Metric& metric, const report::Scope& scope,
                                   const Names& names) {
  if (!scope.link.empty() && metric.by_breaker &&
      std::ranges::find(names.links_with_breaker, scope.link) == names.links_with_breaker.end()) {
    return Error{fmt::format("{} has no breaker, so there is no {}", scope.link, metric.name),
                 "give the client of this link a breaker, or leave the expectation out"};
  }
  if (metric.needs_nesting && !names.has_nesting) {
    return Error{
        fmt::format("{} compares breakers one behind the other on the way to the upstream, "
                    "and there are none",
                    metric.name),
        "give two clients of a topology a breaker"};
  }
  return std::nullopt;
}

}  // namespace

Result<NamedMetric> parse_metric(std::string_view text) {
  const auto bracket = text.find('(');
  const auto name = trim(text.substr(0, bracket));
  const auto metric = find_metric(name);
  if (!metric) {
    return metric.error();
  }
  if (bracket == std::string_view::npos) {
    if ((*metric)->takes_state) {
      return Error{quoted(name) + " needs a state", "write " + std::string(name) + "(open)"};
    }
    return NamedMetric{*metric};
  }
  if (!(*metric)->takes_state || !text.ends_with(')')) {
    return Error{quoted(text) + " is not a metric",
                 (*metric)->takes_state ? "close the bracket" : "write " + std::string(name)};
  }
  const auto state = parse_state(trim(text.substr(bracket + 1, text.size() - bracket - 2)));
  if (!state) {
    return state.error();
  }
  return NamedMetric{*metric, *state};
}

std::string Expectation::text() const {
  std::string text;
  for (const auto& term : terms) {
    text += (text.empty() ? "" : " and ") + term.text;
  }
  return text;
}

Result<Expectation> parse_expectation(std::string_view text) {
  Expectation expectation;
  for (auto rest = text;;) {
    const auto end = rest.find(" and ");
    auto term = parse_term(rest.substr(0, end));
    if (!term) {
      return term.error();
    }
    expectation.terms.push_back(*std::move(term));
    if (end == std::string_view::npos) {
      return expectation;
    }
    rest.remove_prefix(end + 5);
  }
}

std::string link_scope(std::string_view text) {
  constexpr std::string_view arrow = "->";
  const auto at = text.find(arrow);
  return at == std::string_view::npos
             ? std::string(trim(text))
             : report::link_name(trim(text.substr(0, at)), trim(text.substr(at + arrow.size())));
}

std::optional<Error> mistake(const Expectation& expectation, const Names& names) {
  const auto& scope = expectation.scope;
  if (auto error = mistake_of_topology(scope, names)) {
    return error;
  }
  for (auto error : {unknown_name("phase", scope.phase, names.phases),
                     unknown_name("endpoint", scope.endpoint, names.endpoints),
                     unknown_name("breaker", scope.breaker, names.breakers),
                     unknown_name("service", scope.service, names.services),
                     unknown_name("link", scope.link, names.links)}) {
    if (error) {
      return error;
    }
  }
  for (const auto& term : expectation.terms) {
    const auto* relative = std::get_if<RelativeBound>(&term.bound);
    for (const auto* metric : {term.metric, relative == nullptr ? nullptr : relative->of}) {
      if (metric != nullptr) {
        if (auto error = too_narrow(*metric, scope)) {
          return error;
        }
        if (auto error = nothing_of_it(*metric, scope, names)) {
          return error;
        }
      }
    }
  }
  return std::nullopt;
}

}  // namespace tripcurve::expect
