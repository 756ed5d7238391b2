#include "core/duration_distribution.hpp"

#include <array>
#include <utility>

#include "core/durations/shapes.hpp"
#include "core/ensure.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve {
namespace {

using durations::Call;
using durations::Grammar;
using durations::Term;

constexpr std::string_view duration_forms =
    "write 20ms, 10ms..50ms, 100ms+-20ms, p50=20ms,p99=400ms or mean=20ms";

constexpr std::array<std::string_view, 6> call_names{"normal", "lognormal", "exp",
                                                     "pareto", "wave",      "file"};

Result<DurationDistribution> parse_by_name(std::string_view text, const Grammar& grammar) {
  const auto call = durations::parse_call(text);
  if (!call) {
    return call.error();
  }
  if (call->name == "normal") {
    return durations::parse_normal(*call, text);
  }
  if (call->name == "lognormal") {
    return durations::parse_lognormal(*call, text);
  }
  if (call->name == "exp") {
    return durations::parse_exponential(*call, text);
  }
  if (call->name == "pareto") {
    return durations::parse_pareto(*call, text);
  }
  if (call->name == "wave") {
    return durations::parse_wave(*call, text);
  }
  if (call->name == "file") {
    return durations::parse_recorded(*call, text, grammar);
  }
  return Error{"unknown shape " + quoted(call->name) + " of a " + std::string(grammar.what),
               call->name == "uniform"       ? "write 10ms..50ms"
               : call->name == "exponential" ? "write exp(20ms)"
                                             : did_you_mean(call->name, call_names)};
}

Result<DurationDistribution> parse_part(std::string_view text, const Grammar& grammar) {
  if (text.find_first_of("()") != std::string_view::npos) {
    return parse_by_name(text, grammar);
  }
  if (const auto word = text.substr(0, text.find('='));
      word.size() < text.size() && trim(word) == "mean") {
    return durations::parse_mean(text);
  }
  if (const auto dots = text.find(".."); dots != std::string_view::npos) {
    return durations::parse_uniform(text, dots);
  }
  if (text.find('=') != std::string_view::npos || text.starts_with('p')) {
    return durations::parse_percentiles(text, grammar.what);
  }
  if (const auto sign = text.find("+-"); sign != std::string_view::npos) {
    return durations::parse_jitter(text, sign);
  }
  // What begins like a number and has no other grammar in it was meant as a duration.
  const bool number = text.find_first_of("0123456789.-") == 0;
  if (!number || text.find_first_of(":,") != std::string_view::npos) {
    return Error{quoted(text) + " is not a " + std::string(grammar.what),
                 std::string(duration_forms)};
  }
  if (text.find('*') != std::string_view::npos) {
    return durations::parse_per_in_flight(text, grammar);
  }
  const auto fixed = parse_duration(text);
  return fixed ? Result(DurationDistribution::fixed(*fixed)) : fixed.error();
}

// Takes the next part of a sum off the front of `rest`: up to a plus that is neither that of a
// jitter nor within parentheses.
std::string_view take_part(std::string_view& rest) {
  std::size_t end = 0;
  for (int depth = 0; end < rest.size(); ++end) {
    depth += rest[end] == '(' ? 1 : rest[end] == ')' ? -1 : 0;
    if (depth <= 0 && rest[end] == '+' && !rest.substr(end).starts_with("+-")) {
      break;
    }
  }
  const auto part = trim(rest.substr(0, end));
  rest.remove_prefix(end == rest.size() ? end : end + 1);
  return part;
}

// 2s:1%
Result<Term> parse_term(std::string_view text, const Grammar& grammar) {
  const auto call = text.rfind(')');
  const auto colon = text.find(':', call == std::string_view::npos ? 0 : call);
  Term term;
  if (colon != std::string_view::npos) {
    const auto share = parse_share(text.substr(colon + 1));
    if (!share) {
      return share.error().in(quoted(text));
    }
    term.share = share->value;
  }
  auto part = parse_part(trim(text.substr(0, colon)), grammar);
  if (!part) {
    return part.error();
  }
  term.part = *std::move(part);
  return term;
}

}  // namespace

DurationDistribution DurationDistribution::fixed(Duration duration) {
  DurationDistribution distribution;
  distribution.fixed_ = duration;
  return distribution;
}

Duration DurationDistribution::quantile(double q) const {
  ENSURE(q >= 0 && q < 1);
  return shape_ ? shape_->quantile(q) : fixed_;
}

std::string DurationDistribution::text() const {
  return shape_ ? shape_->text() : format_duration(fixed_);
}

bool operator==(const DurationDistribution& a, const DurationDistribution& b) {
  return a.fixed_ == b.fixed_ &&
         (a.shape_ == b.shape_ || (a.shape_ && b.shape_ && a.text() == b.text()));
}

Result<DurationDistribution> parse_duration_distribution(std::string_view text,
                                                         const Grammar& grammar) {
  text = trim(text);
  if (text.ends_with('+')) {
    return Error{quoted(text) + " ends in a plus", "write 20ms + 2s:1%"};
  }
  std::vector<Term> terms;
  auto rest = text;
  do {
    auto term = parse_term(take_part(rest), grammar);
    if (!term) {
      return term.error();
    }
    terms.push_back(*std::move(term));
  } while (!rest.empty());
  return durations::sum_of(std::move(terms), text);
}

Result<DurationDistribution> parse_duration_distribution(std::string_view text,
                                                         std::string_view what) {
  return parse_duration_distribution(text, Grammar{.what = what});
}

}  // namespace tripcurve
