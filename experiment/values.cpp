#include "experiment/values.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::experiment {
namespace {

constexpr std::array<std::string_view, 2> arrivals{"constant", "poisson"};
constexpr std::array<std::string_view, 3> scopes{"client", "endpoint", "shared"};
constexpr std::array<std::string_view, 2> orders{"in_turn", "parallel"};
constexpr std::array<std::string_view, 2> needs{"all", "any"};
constexpr std::array<std::string_view, 2> flags{"false", "true"};

Result<std::uint32_t> count_up_to(std::string_view text, std::uint32_t most) {
  const auto count = parse_count(text, 1, most);
  return count ? Result(static_cast<std::uint32_t>(*count)) : count.error();
}

// A word out of a fixed set; the enumerators have the order of the words.
template <typename Enum>
Result<Enum> one_of(std::string_view text, std::span<const std::string_view> words) {
  const auto found = std::ranges::find(words, text);
  if (found == words.end()) {
    return Error{quoted(text) + " is not known", did_you_mean(text, words)};
  }
  return static_cast<Enum>(found - words.begin());
}

// A duration that must not be zero.
Result<Duration> more_than_nothing(std::string_view text, const std::string& what,
                                   const std::string& hint) {
  const auto duration = parse_duration(text);
  return duration && *duration == Duration::zero()
             ? Error{what + " must be more than " + std::string(trim(text)), hint}
             : duration;
}

}  // namespace

Result<std::uint64_t> parse_seed(std::string_view text) {
  return parse_count(text, 0, std::numeric_limits<std::uint64_t>::max());
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto port = parse_count(text, 1, 65535);
  return port ? Result(static_cast<std::uint16_t>(*port)) : port.error();
}

Result<std::uint32_t> parse_threads(std::string_view text) {
  return count_up_to(text, most_threads);
}

Result<std::uint32_t> parse_workers(std::string_view text) {
  return count_up_to(text, most_workers);
}

Result<std::uint32_t> parse_max_in_flight(std::string_view text) {
  return count_up_to(text, most_in_flight);
}

Result<std::uint32_t> parse_instances(std::string_view text) {
  return count_up_to(text, most_instances);
}

Result<DurationDistribution> parse_think(std::string_view text) {
  return parse_duration_distribution(text, "think time");
}

Result<Duration> parse_timeout(std::string_view text) {
  return more_than_nothing(text, "a timeout", "write 1s");
}

Result<Duration> parse_fail_fast_pause(std::string_view text) {
  return more_than_nothing(
      text, "a pause after a rejected call",
      "write 10ms; without a pause, a rejected worker would never stop calling");
}

std::span<const std::string_view> arrival_words() { return arrivals; }
std::span<const std::string_view> scope_words() { return scopes; }

Result<load::Arrival> parse_arrival(std::string_view text) {
  return one_of<load::Arrival>(text, arrivals);
}

Result<load::BreakerScope> parse_scope(std::string_view text) {
  return one_of<load::BreakerScope>(text, scopes);
}

std::span<const std::string_view> order_words() { return orders; }
std::span<const std::string_view> needs_words() { return needs; }

Result<topology::Route::Order> parse_order(std::string_view text) {
  return one_of<topology::Route::Order>(text, orders);
}

Result<topology::Route::Needs> parse_needs(std::string_view text) {
  return one_of<topology::Route::Needs>(text, needs);
}

Result<std::uint32_t> parse_queue(std::string_view text) {
  const auto count = parse_count(text, 0, most_workers);
  return count ? Result(static_cast<std::uint32_t>(*count)) : count.error();
}

Result<bool> parse_yes_or_no(std::string_view text) { return one_of<bool>(text, flags); }

bool too_long(const Experiment& experiment) {
  Duration total{};
  for (const auto& phase : experiment.phases) {
    total = std::min(total, longest) + phase.length;
  }
  return total > longest;
}

bool starves_threads(const Experiment& experiment) {
  return std::holds_alternative<load::OpenLoop>(experiment.loop) &&
         experiment.max_in_flight < experiment.threads;
}

}  // namespace tripcurve::experiment
