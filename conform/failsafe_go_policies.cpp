#include "conform/failsafe_go_policies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "importer/draft.hpp"
#include "importer/policy_list.hpp"
#include "importer/values.hpp"

namespace tripcurve::conform {
namespace {

using client::EndingRules;
using document::Fields;
using document::Node;
using importer::read_value;

constexpr std::string_view errors = "timeout,reset,closed,connect_failed,bad_answer";

// What a function of (response, error) answers true to: statuses, and any error or none.
struct Condition {
  OutcomeChanges statuses{};  // that it takes, as failures
  bool error = false;

  // What it takes counts as `taken`, and all else as `other`.
  [[nodiscard]] EndingRules rules(Outcome taken, Outcome other) const {
    OutcomeChanges changes{{Ends{}, other}};
    for (auto change : statuses) {
      change.outcome = change.outcome == Outcome::failure ? taken : other;
      changes.push_back(change);
    }
    const auto of_error = error ? taken : other;
    for (auto rest = errors; !rest.empty();) {
      changes.push_back({*parse_ends(take_until(rest, ",")), of_error});
    }
    return EndingRules(OutcomeRules().with(changes))
        .with({.open = of_error, .full = of_error, .cancelled = of_error, .exceeded = of_error});
  }
  [[nodiscard]] EndingRules failures() const { return rules(Outcome::failure, Outcome::success); }
};

void add_term(Condition& condition, std::string_view term, Outcome outcome = Outcome::failure) {
  condition.statuses.push_back({*parse_ends(term), outcome});
}

// "5xx,429,err"
Result<Condition> condition_of(const Node& node) {
  Condition condition;
  for (const auto& term : importer::names_in(node)) {
    const auto ends = parse_ends(term);
    if (term == "err") {
      condition.error = true;
    } else if (ends && ends->kind == CallEnd::Kind::answer) {
      add_term(condition, term);
    } else {
      return node.at.error(fmt::format("{} is no condition", tripcurve::quoted(term)),
                           "a condition is statuses, classes of them and err: 5xx,429,err");
    }
  }
  return condition;
}

std::optional<Condition> read_condition(Fields& own, std::string_view key) {
  return read_value(own, key, condition_of);
}

// The arguments of a method: a list, or one that stands for itself.
std::vector<const Node*> arguments_of(const Node& node) {
  std::vector<const Node*> arguments;
  if (!node.is_list()) {
    arguments.push_back(&node);
  }
  for (const auto& child : node.children) {
    arguments.push_back(&child);
  }
  return arguments;
}

std::optional<Duration> read_length(Fields& own, std::string_view key) {
  return read_value(own, key, importer::go_duration_of);
}

bool read_flag(Fields& own, std::string_view key) {
  return read_value(own, key, importer::flag_of).value_or(false);
}

void read_backoff(Fields& own, std::string_view key, std::size_t count, client::Backoff& backoff) {
  const auto* node = own.take(key);
  if (node == nullptr) {
    return;
  }
  const auto arguments = arguments_of(*node);
  if (arguments.size() != count) {
    own.refuse(
        node->at.error(fmt::format("{} takes {} arguments", key, count),
                       "the first wait, the longest one and for WithBackoffFactor a factor"));
    return;
  }
  const auto first = importer::go_duration_of(*arguments[0]);
  const auto most = importer::go_duration_of(*arguments[1]);
  const auto factor = count < 3 ? Result<double>(2.0) : importer::number_of(*arguments[2]);
  if (!first || !most || !factor || *factor <= 0 || *factor > 1e6 || *first > *most) {
    own.refuse(node->at.error(fmt::format("{} has arguments that cannot be", key),
                              "write [\"100ms\", \"1s\"], and a factor above 0 behind them"));
    return;
  }
  backoff = {.growth = client::Backoff::Growth::exponential,
             .delay = *first,
             .most = *most,
             .multiplier = *factor};
}

EndingRules aborted(Fields& own) {
  const auto condition = read_condition(own, "AbortIf").value_or(Condition{});
  auto changes = difference(condition.failures().wire(), OutcomeRules());
  EndingRules::Others others{.open = Outcome::success, .full = Outcome::success};
  if (condition.error) {
    others = {.open = Outcome::failure, .full = Outcome::failure};
  }
  others.exceeded = condition.error ? Outcome::failure : Outcome::success;
  const auto* node = own.take("AbortOnErrors");
  for (const auto& name :
       node == nullptr ? std::vector<std::string>{} : importer::names_in(*node)) {
    if (name == "circuitbreaker.ErrOpen") {
      others.open = Outcome::failure;
    } else if (name == "bulkhead.ErrFull") {
      others.full = Outcome::failure;
    } else if (name == "timeout.ErrExceeded") {
      changes.push_back({*parse_ends("timeout"), Outcome::failure});
    } else if (name == "retrypolicy.ErrExceeded") {
      others.exceeded = Outcome::failure;
    } else {
      own.refuse(node->at.error(
          fmt::format("{} is none of the errors of policies", tripcurve::quoted(name)),
          "known: circuitbreaker.ErrOpen, bulkhead.ErrFull, "
          "timeout.ErrExceeded, retrypolicy.ErrExceeded"));
    }
  }
  return EndingRules(OutcomeRules().with(changes)).with(others);
}

// failsafehttp's builder takes every error, 429 and 5xx but 501; of the plain one it is any error,
// unless HandleIf says otherwise. Conditions add up.
Condition handled(Fields& own, bool http) {
  auto given = read_condition(own, "HandleIf");
  Condition condition{.error = !given};
  if (http) {
    condition.error = true;
    add_term(condition, "5xx");
    add_term(condition, "501", Outcome::success);
    add_term(condition, "429");
  }
  if (given) {
    condition.error = condition.error || given->error;
    condition.statuses.insert(condition.statuses.end(), given->statuses.begin(),
                              given->statuses.end());
  }
  return condition;
}

client::RetryConfig read_retry(Fields& own) {
  const bool http = read_flag(own, "failsafehttp");
  client::RetryConfig retry{
      .most = 2,
      .backoff = {.delay = read_length(own, "WithDelay").value_or(Duration{})},
      .heed_retry_after = http,
      .rules = handled(own, http).failures(),
      .told_grows = false,
      .told_by_any_status = false,
      .max_duration = read_length(own, "WithMaxDuration"),
      .aborts = aborted(own),
      .exceeded = read_flag(own, "ReturnLastFailure") ? client::RetryConfig::Exceeded::last
                                                      : client::RetryConfig::Exceeded::error};
  read_backoff(own, "WithBackoff", 2, retry.backoff);
  read_backoff(own, "WithBackoffFactor", 3, retry.backoff);
  if (const auto most = read_value(own, "WithMaxRetries", importer::whole_of)) {
    retry.most = static_cast<std::uint32_t>(std::min<std::uint64_t>(*most, 2147483646));
  }
  if (retry.max_duration == Duration::zero()) {
    retry.max_duration.reset();
  }
  return retry;
}

Result<client::BreakerConfig> read_breaker(Fields& own, const Node& item) {
  importer::Draft draft{.dialect = "failsafe-go"};
  const auto rules = handled(own, false).failures();
  for (const auto& child : item.children) {
    if (child.key == "policy" || child.key == "HandleIf") {
      continue;
    }
    std::string text;
    for (const auto* argument : arguments_of(child)) {
      text += (text.empty() ? "" : "/") + argument->text;
    }
    (void)own.take(child.key);
    draft.set(child.key, text, child.at);
  }
  auto choice = importer::choice_of(draft, item.at);
  if (!choice) {
    return choice.error();
  }
  return client::BreakerConfig{.choice = *std::move(choice), .rules = rules};
}

client::HedgingConfig read_hedge(Fields& own) {
  const auto most = read_value(own, "WithMaxHedges", importer::whole_of).value_or(1);
  if (most > 10) {
    own.refuse(own.take("WithMaxHedges")
                   ->at.error("WithMaxHedges is more than 10", "a trace has so many at most"));
  }
  // Whatever comes first is the answer, unless CancelIf says which answers are.
  const auto cancels = read_condition(own, "CancelIf");
  const auto rules = cancels ? cancels->rules(Outcome::success, Outcome::failure)
                             : Condition{}.rules(Outcome::success, Outcome::success);
  return {.most = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, 10)),
          .delay = read_length(own, "NewWithDelay").value_or(Duration{}),
          .rules = rules,
          .hurries = false,
          .answers_first = false};
}

client::BulkheadConfig read_bulkhead(Fields& own) {
  client::BulkheadConfig bulkhead{.places = read_value(own, "New", importer::whole_of).value_or(0)};
  const auto wait = read_length(own, "WithMaxWaitTime").value_or(Duration{});
  if (wait > Duration::zero()) {
    bulkhead.queue = 2147483647;  // goroutines, however many
    bulkhead.max_wait = wait;
  }
  return bulkhead;
}

// A caller who is gone gets none.
client::FallbackConfig read_fallback(Fields& own) {
  const auto condition = handled(own, false);
  const auto of_error = condition.error ? Outcome::failure : Outcome::success;
  return {.status = 203,
          .rules = condition.failures().with({.open = of_error,
                                              .full = of_error,
                                              .cancelled = Outcome::success,
                                              .exceeded = of_error})};
}

Result<client::PolicyConfig> read_policy(const Node& item) {
  Fields own(item, "a policy");
  const auto kind = own.text("policy").value_or("");
  client::PolicyConfig policy;
  if (kind == "RetryPolicy") {
    policy = read_retry(own);
  } else if (kind == "CircuitBreaker") {
    auto breaker = read_breaker(own, item);
    if (!breaker) {
      return breaker.error();
    }
    policy = *std::move(breaker);
  } else if (kind == "Timeout") {
    policy = client::TimeoutConfig{.after = read_length(own, "New").value_or(Duration{})};
  } else if (kind == "HedgePolicy") {
    policy = read_hedge(own);
  } else if (kind == "Bulkhead") {
    policy = read_bulkhead(own);
  } else if (kind == "Fallback") {
    policy = read_fallback(own);
  } else {
    return item.at.error(
        fmt::format("{} is no policy", tripcurve::quoted(kind)),
        "policy is RetryPolicy, CircuitBreaker, Timeout, HedgePolicy, Bulkhead or Fallback");
  }
  if (auto error = own.error()) {
    return *error;
  }
  return policy;
}

}  // namespace

Result<client::Policies> read_failsafe_go_policies(const Node& list) {
  return importer::read_policy_list(list, read_policy);
}

}  // namespace tripcurve::conform
