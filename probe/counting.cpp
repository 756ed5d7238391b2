#include "probe/counting.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

namespace tripcurve::probe {
namespace {

constexpr std::array tried_ends{
    CallEnd(CallEnd::Kind::answer, 400), CallEnd(CallEnd::Kind::answer, 404),
    CallEnd(CallEnd::Kind::answer, 429), CallEnd(CallEnd::Kind::answer, 500),
    CallEnd(CallEnd::Kind::answer, 502), CallEnd(CallEnd::Kind::answer, 503),
    CallEnd(CallEnd::Kind::answer, 504), CallEnd(CallEnd::Kind::reset, 0),
    CallEnd(CallEnd::Kind::closed, 0),   CallEnd(CallEnd::Kind::timeout, 0)};

constexpr double explained = -4;  // a fit that is no contradiction
constexpr double clear = 2;       // that much better is told apart

Ends ends_of(CallEnd end) {
  return end.kind() == CallEnd::Kind::answer ? Ends{end.kind(), end.status(), end.status()}
                                             : Ends{.kind = end.kind()};
}

}  // namespace

std::string_view words(Counted::As as) {
  switch (as) {
    case Counted::As::failure:
      return "a failure";
    case Counted::As::ignored:
      return "ignored";
    case Counted::As::success:
      return "a success";
    case Counted::As::not_a_failure:
      return "no failure: a success, or ignored";
    case Counted::As::unknown:
      return "not found out";
  }
  return "";
}

std::vector<CallEnd> ends_to_count(const Failure& failure) {
  std::vector<CallEnd> ends;
  std::ranges::copy_if(tried_ends, std::back_inserter(ends),
                       [&](CallEnd end) { return end != failure; });
  return ends;
}

std::uint32_t calls_to_open(const Belief& belief, const Entry& like, std::vector<Step> first) {
  auto plain = like;
  first.push_back({.kind = Step::Kind::until, .count = most_failures});
  plain.script = {.steps = std::move(first)};
  const std::int64_t attempts = belief.around(belief.best().form).attempts;
  const auto arrivals = belief.predict(belief.best(), plain).seen.front();
  return static_cast<std::uint32_t>(
      std::max<std::int64_t>(1, (arrivals + attempts - 1) / attempts));
}

std::vector<Step> steps_to_forget(const Belief& belief, const Entry& like) {
  Duration longest{};
  for (const auto& rule : belief.best().choice.facts().trips) {
    longest = std::max(longest, rule.window);
  }
  const std::vector<Step> pause{{.kind = Step::Kind::pause, .length = longest * 11 / 10}};
  return calls_to_open(belief, like) == calls_to_open(belief, like, pause) ? std::vector<Step>{}
                                                                           : pause;
}

Script script_to_count(const Belief& belief, const Entry& like, CallEnd end) {
  const auto opens_at = calls_to_open(belief, like);
  Script script{.special = {.end = end}};
  if (opens_at > 1) {
    script.steps.push_back({.kind = Step::Kind::fail, .count = opens_at - 1});
  }
  script.steps.push_back({.kind = Step::Kind::special, .count = 1});
  script.steps.push_back({.kind = Step::Kind::until, .count = most_failures});
  return script;
}

namespace {

// How well it fits that the end counts as that, over breakers that began at different times.
double fit_if(const Belief& belief, const Entry& entry, CallEnd end, Outcome outcome) {
  constexpr std::uint64_t lives = 6;
  const auto& best = belief.best();
  const auto rules = best.rules->with({{.ends = ends_of(end), .outcome = outcome}});
  double sum = 0;
  for (std::uint64_t i = 0; i < lives; ++i) {
    const auto predicted =
        predict(best.choice, rules, belief.around(best.form), entry, Random(i)).seen;
    sum += std::exp(fit_of(entry.script, predicted, entry.seen));
  }
  return std::log(sum / static_cast<double>(lives));
}

}  // namespace

Counted counted_as(const Belief& belief, const Entry& entry, CallEnd end) {
  using As = Counted::As;
  const double failure = fit_if(belief, entry, end, Outcome::failure);
  const double success = fit_if(belief, entry, end, Outcome::success);
  const double ignored = fit_if(belief, entry, end, Outcome::ignored);
  const double otherwise = std::max(success, ignored);
  const bool is_explained = std::max(failure, otherwise) > explained;
  const auto as = !is_explained || std::abs(failure - otherwise) < clear ? As::unknown
                  : failure > otherwise                                  ? As::failure
                  : success > ignored + clear                            ? As::success
                  : ignored > success + clear                            ? As::ignored
                                                                         : As::not_a_failure;
  return {.end = end, .as = as};
}

Script script_of_alone(const Belief& belief, const Entry& like, const Reply& reply) {
  Script script{.steps = steps_to_forget(belief, like), .special = reply};
  const auto most = std::min(2 * calls_to_open(belief, like, script.steps) + 20, most_failures);
  script.steps.push_back({.kind = Step::Kind::until_special, .count = most});
  script.steps.push_back({.kind = Step::Kind::until, .count = most_failures});
  return script;
}

bool opened_alone(const Entry& entry) { return entry.seen.front() >= 0; }

}  // namespace tripcurve::probe
