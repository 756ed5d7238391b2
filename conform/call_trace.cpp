#include "conform/call_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "breaker/breaker.hpp"
#include "conform/failsafe_go_policies.hpp"
#include "conform/json_line.hpp"
#include "core/text.hpp"
#include "document/read.hpp"
#include "importer/formats/dotnet_options.hpp"
#include "importer/formats/resilience4j_options.hpp"

namespace tripcurve::conform {
namespace {

using client::Policies;
using nlohmann::json;

// The policies of a handler's section, as import reads it from an appsettings.json.
template <Result<importer::Draft> (*read)(const document::Node&)>
Result<Policies> of_section(const document::Node& section, const json& /*line*/) {
  auto draft = read(section);
  if (!draft) {
    return draft.error();
  }
  return (*std::move(draft)).client;
}

Result<Policies> of_dotnet(const document::Node& list, const json& /*line*/) {
  return importer::read_dotnet_policies(list);
}

Result<Policies> of_resilience4j(const document::Node& list, const json& line) {
  const auto returns = line.value("returns", json("value"));
  if (returns != "value" && returns != "CompletionStage") {
    return Error{"returns is " + visible(returns.dump()),
                 "methods return a \"value\" or a \"CompletionStage\""};
  }
  return importer::read_resilience4j_policies(
      list, returns == "value" ? importer::Returns::value : importer::Returns::stage);
}

Result<Policies> of_failsafe_go(const document::Node& list, const json& /*line*/) {
  return read_failsafe_go_policies(list);
}

constexpr EndNames dotnet_names{.refused = "HttpRequestException",
                                .timed_out = "TimeoutRejectedException",
                                .open = "",
                                .full = "RateLimiterRejectedException",
                                .cancelled = "OperationCanceledException",
                                .exceeded = ""};
constexpr EndNames resilience4j_names{.refused = "ResourceAccessException",
                                      .timed_out = "TimeoutException",
                                      .open = "",
                                      .full = "BulkheadFullException",
                                      .cancelled = "ResourceAccessException",
                                      .exceeded = "MaxRetriesExceededException"};
constexpr EndNames failsafe_go_names{.refused = "refused",
                                     .timed_out = "timeout.ErrExceeded",
                                     .open = "circuitbreaker.ErrOpen",
                                     .full = "bulkhead.ErrFull",
                                     .cancelled = "context.Canceled",
                                     .exceeded = "retrypolicy.ErrExceeded"};

constexpr std::uint64_t most_attempts = 4'294'967'295;

// The keys under which a trace has its policies, each with what reads them.
struct Spelling {
  std::string_view key;
  Result<Policies> (*read)(const document::Node&, const json& line);
  EndNames names;
};
constexpr std::array spellings{
    Spelling{"standard", of_section<importer::read_dotnet_standard>, dotnet_names},
    Spelling{"hedging", of_section<importer::read_dotnet_hedging>, dotnet_names},
    Spelling{"policies", of_dotnet, dotnet_names},
    Spelling{"resilience4j", of_resilience4j, resilience4j_names},
    Spelling{"failsafe-go", of_failsafe_go, failsafe_go_names}};

// A policy calls those inside of it, and a hedging calls them several times at once.
constexpr std::size_t most_policies = 50;
constexpr std::uint64_t most_at_once = 121;

// A retry that takes rejections goes on without a step.
constexpr std::uint64_t most_unseen = 10'000;

std::optional<Error> too_often(const Policies& policies) {
  std::uint64_t unseen = 1;
  for (const auto& policy : policies) {
    const auto* retry = std::get_if<client::RetryConfig>(&policy);
    if (retry != nullptr && (retry->rules.open_fails() || retry->rules.full_fails())) {
      unseen *= 1 + std::uint64_t{retry->most};
      if (unseen > most_unseen) {
        return Error{"policies: a retry tries rejections again too often",
                     fmt::format("a trace has {} attempts of a call at most", most_unseen)};
      }
    }
  }
  return std::nullopt;
}

std::optional<Error> too_much(const Policies& policies) {
  std::uint64_t at_once = 1;
  for (const auto& policy : policies) {
    if (const auto* hedging = std::get_if<client::HedgingConfig>(&policy)) {
      at_once *= 1 + std::uint64_t{hedging->most};
      if (at_once > most_at_once) {
        return Error{
            "policies: Hedging inside Hedging sends too many attempts of a call at once",
            fmt::format("a trace may have at most {}, such as two policies that hedge 10 times",
                        most_at_once)};
      }
    }
  }
  return std::nullopt;
}

std::optional<Error> read_policies(CallTrace& trace, const json& line) {
  const Spelling* spelling = nullptr;
  for (const auto& candidate : spellings) {
    if (!line.contains(candidate.key)) {
      continue;
    }
    if (spelling != nullptr) {
      return Error{fmt::format("a trace of calls has both {} and {}", spelling->key, candidate.key),
                   "put the policies of its client under one of them"};
    }
    spelling = &candidate;
  }
  if (spelling == nullptr) {
    return Error{"a trace of calls has no policies",
                 "write standard, hedging, policies, resilience4j or failsafe-go; " +
                     std::string(see_format)};
  }
  const auto& written = line[std::string(spelling->key)];
  if (written.is_array() && written.size() > most_policies) {
    return Error{fmt::format("{} has {} elements", spelling->key, written.size()),
                 fmt::format("a client has at most {} policies", most_policies)};
  }
  const auto documents = document::read_json(std::string(spelling->key), written.dump());
  if (!documents) {
    return documents.error();
  }
  auto policies = spelling->read(documents->empty() ? document::Node{} : documents->front(), line);
  if (!policies) {
    return policies.error();
  }
  trace.names = spelling->names;
  trace.policies = *std::move(policies);
  auto mistake = too_much(trace.policies);
  return mistake ? mistake : too_often(trace.policies);
}

// As messages show what was read.
std::string shown(const json& value) { return visible(value.dump()); }

std::optional<Error> refused_key(const json& object, const std::string& what,
                                 std::initializer_list<std::string_view> known) {
  if (!object.is_object()) {
    return Error{fmt::format("{} is {}", what, shown(object)), std::string(see_format)};
  }
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) == known.end()) {
      return Error{fmt::format("{} has an unknown key {}", what, tripcurve::quoted(key)),
                   fmt::format("known: {}", fmt::join(known, ", "))};
    }
  }
  return std::nullopt;
}

// A reply that never comes; it has nothing else, either.
std::optional<Error> refused_silence(const json& reply, const std::string& what) {
  if (reply.empty()) {
    return std::nullopt;
  }
  return Error{fmt::format("{}: {} has no 'after'", what, shown(reply)),
               "every reply but {} needs 'after', the number of milliseconds after which it comes"};
}

std::optional<CallEnd> end_of(const json& status) {
  if (status == "refused") {
    return CallEnd{CallEnd::Kind::connect_failed, 0};
  }
  if (status.is_number_unsigned() && status >= least_status && status <= most_status) {
    return CallEnd{CallEnd::Kind::answer, status.get<std::uint16_t>()};
  }
  return std::nullopt;
}

Result<Reply> read_reply(const json& reply, const std::string& what) {
  if (auto mistake = refused_key(reply, what, {"after", "status", "retry_after"})) {
    return *mistake;
  }
  Reply read;
  if (!reply.contains("after")) {
    auto mistake = refused_silence(reply, what);
    return mistake ? Result<Reply>(*mistake) : read;
  }
  const auto after = milliseconds_of(reply["after"], what + ": after");
  if (!after) {
    return after.error();
  }
  read.after = *after;
  const auto status = reply.value("status", json());
  const auto end = end_of(status);
  if (!end) {
    return Error{fmt::format("{}: status is {}", what, shown(status)),
                 "it is a status from 100 to 999, or \"refused\""};
  }
  read.ending.end = *end;
  if (reply.contains("retry_after")) {
    const auto& seconds = reply["retry_after"];
    constexpr auto most =
        static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(longest_trace).count());
    if (!seconds.is_number_unsigned() || seconds.get<std::uint64_t>() > most) {
      return Error{fmt::format("{}: retry_after is {}", what, shown(seconds)),
                   fmt::format("it is a whole number of seconds, at most {}", most)};
    }
    if (end->kind() != CallEnd::Kind::answer) {
      return Error{what + ": a refused connection has a retry_after",
                   "write it only for an answer with a status"};
    }
    read.ending.retry_after = std::chrono::seconds(seconds.get<std::int64_t>());
  }
  return read;
}

Result<ScriptedCall> read_call(const json& call) {
  if (!call.is_object() || !call.contains("id") || !call.contains("at") ||
      !call.contains("upstream") || !call["upstream"].is_array() || call["upstream"].empty()) {
    return Error{
        "a call needs an id, a time 'at' and a list 'upstream', but this is " + shown(call),
        std::string(see_format)};
  }
  if (!call["id"].is_string() && !call["id"].is_number_integer()) {
    return Error{"the id of a call is " + shown(call["id"]), "it is a text or a whole number"};
  }
  const auto id = call["id"].dump();
  const auto what = "call " + visible(id);
  if (auto mistake = refused_key(call, what, {"id", "at", "gone", "upstream"})) {
    return *mistake;
  }
  const auto at_time = milliseconds_of(call["at"], what + ": at");
  if (!at_time) {
    return at_time.error();
  }
  ScriptedCall read{.id = id, .at = at(*at_time), .upstream = {}};
  if (call.contains("gone")) {
    const auto gone = milliseconds_of(call["gone"], what + ": gone");
    if (!gone) {
      return gone.error();
    }
    read.gone = *gone;
  }
  for (const auto& reply : call["upstream"]) {
    auto one = read_reply(reply, what + ": upstream");
    if (!one) {
      return one.error();
    }
    read.upstream.push_back(*std::move(one));
  }
  return read;
}

bool is_attempt(const json& element) {
  return element.is_number_unsigned() && element > 0 && element <= most_attempts;
}
bool is_status(const json& element) { return end_of(element).has_value(); }
bool is_state(const json& element) {
  using enum breaker::State;
  constexpr std::array states{closed, open, half_open, forced_open, disabled};
  return std::ranges::any_of(states, [&](auto state) { return element == breaker::name(state); });
}
bool is_answer(const json& element) {
  return element.is_string() ? element != "" : is_status(element);
}

// What stands in a step behind its call.
struct Element {
  std::string_view what;
  bool (*is)(const json& element);
};
constexpr Element attempt_element{"the number of an attempt", is_attempt};

// A kind of step, and what stands in it behind its call.
struct CallStepKind {
  std::string_view name;
  std::vector<Element> elements;
};
const std::array call_step_kinds{
    CallStepKind{"call", {}},
    CallStepKind{"send", {attempt_element}},
    CallStepKind{"reply", {attempt_element, {"a status or \"refused\"", is_status}}},
    CallStepKind{"cancel", {attempt_element}},
    CallStepKind{"breaker", {{"a state", is_state}}},
    CallStepKind{"gone", {}},
    CallStepKind{"answer", {{"a status or the name of an exception", is_answer}}}};

bool lets_go(const client::PolicyConfig& policy) {
  const auto* timeout = std::get_if<client::TimeoutConfig>(&policy);
  return timeout != nullptr && !timeout->cancels;
}

// What has happened so far, so that no step stands where it cannot.
class Order {
 public:
  // `lets_go`: a call may go on when its caller has an answer.
  Order(const std::vector<ScriptedCall>& calls, bool lets_go) : lets_go_(lets_go) {
    for (const auto& call : calls) {
      calls_.try_emplace(call.id);
    }
  }

  std::optional<Error> take(const json& step) {
    const auto* kind = kind_of(step);
    if (kind == nullptr) {
      return Error{shown(step) + " is not a step of calls", std::string(see_format)};
    }
    for (std::size_t i = 0; i < kind->elements.size(); ++i) {
      if (!kind->elements[i].is(step[before + i])) {
        return Error{fmt::format("{}: element {} is not {}", shown(step), before + i + 1,
                                 kind->elements[i].what),
                     std::string(see_format)};
      }
    }
    const auto time = milliseconds_of(step[0], shown(step) + ": the time");
    if (!time) {
      return time.error();
    }
    const auto call = calls_.find(step[2].dump());
    if (call == calls_.end()) {
      return Error{shown(step) + " belongs to a call that is not among calls",
                   std::string(see_format)};
    }
    const bool in_place = *time >= now_ && follows(kind->name, call->second, step);
    now_ = *time;
    return in_place ? std::nullopt
                    : std::optional(Error{shown(step) + " cannot come after the steps before it",
                                          "times never decrease; a call begins and is answered "
                                          "once; its attempts are sent in order, and each ends "
                                          "once"});
  }

 private:
  static constexpr std::size_t before = 3;  // time, kind and call

  struct Call {
    bool begun = false;
    bool gone = false;
    bool answered = false;
    std::uint64_t sent = 0;
    std::set<std::uint64_t> under_way{};
  };

  static const CallStepKind* kind_of(const json& step) {
    if (!step.is_array() || step.size() < before) {
      return nullptr;
    }
    const auto* const found = std::ranges::find_if(call_step_kinds, [&](const CallStepKind& kind) {
      return step[1] == kind.name && step.size() == before + kind.elements.size();
    });
    return found == call_step_kinds.end() ? nullptr : found;
  }

  [[nodiscard]] bool follows(std::string_view kind, Call& call, const json& step) const {
    if (kind == "call") {
      return !std::exchange(call.begun, true);
    }
    if (!call.begun) {
      return false;
    }
    if (kind == "answer") {
      return !std::exchange(call.answered, true);
    }
    if (kind == "gone") {
      return !call.answered && !std::exchange(call.gone, true);
    }
    if (kind == "send") {
      call.under_way.insert(++call.sent);
      return (lets_go_ || !call.answered) && step[before] == call.sent;
    }
    if (kind == "reply" || kind == "cancel") {
      return call.under_way.erase(step[before].get<std::uint64_t>()) == 1;
    }
    return true;
  }

  std::map<std::string, Call> calls_;
  bool lets_go_;
  Duration now_{};
};

std::optional<Error> read_calls(CallTrace& trace, const json& calls) {
  std::set<std::string> ids;
  for (const auto& call : calls) {
    auto read = read_call(call);
    if (!read) {
      return read.error();
    }
    if (!ids.insert(read->id).second) {
      return Error{"two calls have the id " + visible(read->id), "give each its own"};
    }
    trace.calls.push_back(*std::move(read));
  }
  return std::nullopt;
}

}  // namespace

Result<CallTrace> parse_call_trace(const json& line) {
  const auto is_list = [&](const char* key) { return line.contains(key) && line[key].is_array(); };
  if (!line.contains("id") || !line["id"].is_string() || !is_list("calls") || !is_list("steps")) {
    return Error{"a trace of calls needs a text id, a list calls and a list steps",
                 std::string(see_format)};
  }
  CallTrace trace{.id = line["id"], .names = {}, .policies = {}, .calls = {}, .steps = {}};
  if (const auto mistake = read_policies(trace, line)) {
    return mistake->in(trace.id);
  }
  if (const auto mistake = read_calls(trace, line["calls"])) {
    return mistake->in(trace.id);
  }
  Order order(trace.calls, std::ranges::any_of(trace.policies, lets_go));
  for (const auto& step : line["steps"]) {
    if (const auto mistake = order.take(step)) {
      return mistake->in(trace.id);
    }
    trace.steps.push_back(step.dump());
  }
  return trace;
}

}  // namespace tripcurve::conform
