#include "claims/claim.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "breaker/totals.hpp"

namespace tripcurve::claims {
namespace {

using breaker::State;

// Without case and separators.
constexpr std::array state_words{
    std::pair<std::string_view, State>{"closed", State::closed},
    std::pair<std::string_view, State>{"close", State::closed},
    std::pair<std::string_view, State>{"open", State::open},
    std::pair<std::string_view, State>{"halfopen", State::half_open},
    std::pair<std::string_view, State>{"forcedopen", State::forced_open},
    std::pair<std::string_view, State>{"isolated", State::forced_open},
    std::pair<std::string_view, State>{"disabled", State::disabled},
    std::pair<std::string_view, State>{"metricsonly", State::disabled},
};

std::string without_separators(std::string_view word) {
  std::string plain;
  for (const char c : word) {
    if (c != '_' && c != '-' && c != ' ') {
      plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
  }
  return plain;
}

}  // namespace

bool Claim::may_be(State state) const {
  switch (breaker::acts_as(state)) {
    case State::open:
      return open;
    case State::half_open:
      return half_open;
    case State::closed:
    case State::forced_open:
    case State::disabled:
      break;
  }
  return closed;
}

Claim claim_of(State state) {
  const auto acting = breaker::acts_as(state);
  return {.closed = acting == State::closed,
          .open = acting == State::open,
          .half_open = acting == State::half_open};
}

std::string text_of(const Claim& claim) {
  std::string text;
  for (const auto state : {State::closed, State::open, State::half_open}) {
    if (claim.may_be(state)) {
      text += (text.empty() ? "" : "/") + std::string(breaker::name(state));
    }
  }
  return text;
}

std::optional<Claim> claim_named(std::string_view word) {
  const auto plain = without_separators(word);
  const auto* const found =
      std::ranges::find(state_words, plain, &decltype(state_words)::value_type::first);
  return found == state_words.end() ? std::nullopt : std::optional(claim_of(found->second));
}

}  // namespace tripcurve::claims
