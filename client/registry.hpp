// The list of policies, and how a person names one: retry,attempts=3,delay=200ms
//
// A new policy is a file under policies/ that ends with its kind, one entry here and in
// registry.cpp, and a member of PolicyConfig; help, `list policies` and the schema follow the list.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "breaker/settings.hpp"
#include "client/config.hpp"
#include "core/outcome_rules.hpp"
#include "core/result.hpp"

namespace tripcurve::client {

// What policies take from the client they are part of.
struct Surroundings {
  BreakerConfig breaker{};
  Duration timeout = std::chrono::seconds(1);  // of one attempt
  OutcomeRules caller{};                       // what calls count as to their caller
};

struct PolicyKind {
  std::string_view name;
  std::string_view summary;  // one line, for help
  std::span<const breaker::Key> keys;
  // Fails on values that the policy cannot take; the Error names the key.
  Result<PolicyConfig> (*read)(const breaker::Settings& settings, const Surroundings& surroundings);
  // What is to be given for that very policy of this kind; read() of it makes an equal one.
  breaker::Given (*given)(const PolicyConfig& policy, const Surroundings& surroundings);
};

// What a policy acts on, where it is not what its caller counts as a failure: a setting that reads
// "408=failure/429=failure", and the rules that it makes.
inline constexpr breaker::Key counts_key{
    "counts", "", "",
    "what it acts on, written as for --counts, but with / between: 429=failure/timeout=ignored",
    breaker::list()};
[[nodiscard]] EndingRules read_counts(breaker::SettingsReader& read, const OutcomeRules& caller);
void give_counts(breaker::Given& given, const EndingRules& rules, const OutcomeRules& caller);

// In the order in which clients usually have them, the outermost first.
[[nodiscard]] std::span<const PolicyKind> policy_kinds();

[[nodiscard]] const PolicyKind& fallback_kind();
[[nodiscard]] const PolicyKind& adaptive_kind();
[[nodiscard]] const PolicyKind& bulkhead_kind();
[[nodiscard]] const PolicyKind& retry_kind();
[[nodiscard]] const PolicyKind& hedging_kind();
[[nodiscard]] const PolicyKind& breaker_kind();
[[nodiscard]] const PolicyKind& timeout_kind();

// A policy with its settings, checked.
class PolicyChoice {
 public:
  [[nodiscard]] const PolicyKind& kind() const { return *kind_; }
  [[nodiscard]] const breaker::Settings& settings() const { return settings_; }

  // The kind and what was given: "retry,attempts=3"; parsing it gives an equal choice.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const PolicyChoice&, const PolicyChoice&) = default;
  friend Result<PolicyChoice> make_policy_choice(std::string_view kind,
                                                 const breaker::Given& given);

 private:
  const PolicyKind* kind_ = nullptr;
  breaker::Settings settings_;
};

// Refuses an unknown kind or key (did you mean), a key given twice, and a wrong value.
[[nodiscard]] Result<PolicyChoice> make_policy_choice(std::string_view kind,
                                                      const breaker::Given& given);
[[nodiscard]] Result<PolicyChoice> parse_policy_choice(std::string_view text);

// A client of these policies, the outermost first. The breaker, and around each attempt its
// timeout, are innermost where nobody says where they stand.
[[nodiscard]] Policies policies_of(const std::vector<PolicyChoice>& chosen,
                                   const Surroundings& surroundings);

// These as texts, with those that are there although nobody names them.
[[nodiscard]] std::vector<std::string> texts_of(const std::vector<PolicyChoice>& chosen);

[[nodiscard]] const PolicyKind& kind_of(const PolicyConfig& policy);

// The same list of what somebody's client has; the timeout that is innermost and equal to that of
// an attempt gets no length of its own.
[[nodiscard]] std::vector<PolicyChoice> choices_of(const Policies& policies,
                                                   const Surroundings& surroundings);

// What cannot be: two breakers, or two adaptive limits.
[[nodiscard]] std::optional<Error> contradiction(const std::vector<PolicyChoice>& chosen);

}  // namespace tripcurve::client
