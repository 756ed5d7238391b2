#include "breaker/registry.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "breaker/dialects/apisix.hpp"
#include "breaker/dialects/classic.hpp"
#include "breaker/dialects/cockatiel.hpp"
#include "breaker/dialects/cockatiel_backoff.hpp"
#include "breaker/dialects/cockatiel_breakers.hpp"
#include "breaker/dialects/envoy.hpp"
#include "breaker/dialects/failsafe.hpp"
#include "breaker/dialects/failsafe_go.hpp"
#include "breaker/dialects/go_resiliency.hpp"
#include "breaker/dialects/go_zero.hpp"
#include "breaker/dialects/gobreaker.hpp"
#include "breaker/dialects/haproxy.hpp"
#include "breaker/dialects/hystrix.hpp"
#include "breaker/dialects/hystrix_go.hpp"
#include "breaker/dialects/kratos.hpp"
#include "breaker/dialects/linkerd.hpp"
#include "breaker/dialects/nginx.hpp"
#include "breaker/dialects/none.hpp"
#include "breaker/dialects/opossum.hpp"
#include "breaker/dialects/oxy.hpp"
#include "breaker/dialects/polly.hpp"
#include "breaker/dialects/polly7.hpp"
#include "breaker/dialects/pybreaker.hpp"
#include "breaker/dialects/resilience4j.hpp"
#include "breaker/dialects/sentinel.hpp"
#include "breaker/dialects/sentinel_golang.hpp"
#include "breaker/dialects/smallrye.hpp"
#include "breaker/dialects/sre_throttle.hpp"
#include "breaker/dialects/vertx.hpp"
#include "breaker/dialects/yarp.hpp"
#include "core/ensure.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::breaker {

std::span<const Dialect> dialects() {
  static const std::array all{
      classic_dialect(),
      resilience4j_dialect(),
      resilience4j_lockfree_dialect(),
      gobreaker_dialect(),
      polly_dialect(),
      polly7_dialect(),
      hystrix_1_5_18_dialect(),
      hystrix_1_5_13_dialect(),
      hystrix_1_5_12_dialect(),
      envoy_dialect(),
      yarp_dialect(),
      linkerd_dialect(),
      oxy_dialect(),
      apisix_dialect(),
      nginx_dialect(),
      haproxy_dialect(),
      haproxy_2_6_dialect(),
      sentinel_dialect(),
      sentinel_golang_dialect(),
      smallrye_dialect(),
      vertx_dialect(),
      opossum_dialect(),
      cockatiel_dialect(),
      cockatiel3_dialect(),
      failsafe_dialect(),
      failsafe_go_dialect(),
      hystrix_go_dialect(),
      go_resiliency_dialect(),
      pybreaker_dialect(),
      pybreaker_calling_dialect(),
      go_zero_dialect(),
      kratos_dialect(),
      sre_throttle_dialect(),
      none_dialect(),
  };
  return all;
}

namespace {

// "polly,FailureRatio=0.5" for "polly:FailureRatio=0.5" and "polly FailureRatio=0.5"; "" for what
// does not begin with one of the `known` words.
std::string with_commas(std::string_view name, std::span<const std::string_view> known) {
  const auto end = name.find_first_of(": ");
  if (end == std::string_view::npos || end + 1 == name.size()) {
    return "";
  }
  const auto word = std::ranges::find_if(
      known, [&](std::string_view one) { return same_word(one, name.substr(0, end)); });
  return word == known.end() ? ""
                             : std::string(*word) + "," + std::string(trim(name.substr(end + 1)));
}

}  // namespace

Result<const Dialect*> find_dialect(std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& dialect : dialects()) {
    for (const auto word : {dialect.name, dialect.alias}) {
      if (word.empty()) {
        continue;
      }
      if (same_word(word, name)) {
        return &dialect;
      }
      known.push_back(word);
    }
  }
  const auto written = with_commas(name, known);
  return Error{"unknown breaker dialect " + quoted(name),
               written.empty() ? did_you_mean(name, known) : "write " + written};
}

OutcomeRules usual_rules(const Dialect& dialect) {
  if (dialect.counts.empty()) {
    return {};
  }
  const auto changes = parse_outcome_changes(dialect.counts);
  ENSURE(changes.ok());
  return OutcomeRules().with(*changes);
}

const Key* find_key(const Dialect& dialect, std::string_view name) {
  return find_key(dialect.keys, name);
}

std::string Choice::text() const { return format_named(dialect_->name, settings_); }

std::unique_ptr<Breaker> Choice::make(Random random) const {
  auto made = dialect_->make(settings_, random);
  ENSURE(made.ok());  // make_choice() tried
  return std::move(made).value();
}

std::vector<Warning> Choice::warnings(const Traffic& traffic) const {
  return dialect_->warnings == nullptr ? std::vector<Warning>{}
                                       : dialect_->warnings(settings_, traffic);
}

Result<Choice> make_choice(std::string_view name, const Choice::Given& given) {
  const auto dialect = find_dialect(name);
  if (!dialect) {
    return dialect.error();
  }
  auto settings = settle((*dialect)->name, (*dialect)->keys, given);
  if (!settings) {
    return settings.error();
  }
  Choice choice;
  choice.dialect_ = *dialect;
  choice.settings_ = *std::move(settings);
  if (const auto made = choice.dialect_->make(choice.settings_, Random(0)); !made) {
    return made.error();
  }
  return choice;
}

Result<Choice> parse_choice(std::string_view text) {
  const auto [name, given] = parse_named(text);
  return make_choice(name, given);
}

}  // namespace tripcurve::breaker
