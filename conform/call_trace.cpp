#include "conform/call_trace.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "conform/json_line.hpp"
#include "core/text.hpp"
#include "document/read.hpp"
#include "importer/formats/dotnet_options.hpp"

namespace tripcurve::conform {
namespace {

using client::Policies;
using nlohmann::json;

// The policies of a handler's section, as import reads it from an appsettings.json.
template <Result<importer::Draft> (*read)(const document::Node&)>
Result<Policies> of_section(const document::Node& section) {
  auto draft = read(section);
  if (!draft) {
    return draft.error();
  }
  return (*std::move(draft)).client;
}

// The keys under which a trace has its policies, each with what reads them.
struct Spelling {
  std::string_view key;
  Result<Policies> (*read)(const document::Node&);
};
constexpr std::array spellings{Spelling{"standard", of_section<importer::read_dotnet_standard>},
                               Spelling{"hedging", of_section<importer::read_dotnet_hedging>},
                               Spelling{"policies", importer::read_dotnet_policies}};

Result<Policies> policies_of(const json& line) {
  for (const auto& [key, read] : spellings) {
    if (!line.contains(key)) {
      continue;
    }
    const auto documents = document::read_json(std::string(key), line[std::string(key)].dump());
    if (!documents) {
      return documents.error();
    }
    return read(documents->empty() ? document::Node{} : documents->front());
  }
  return Error{"a trace of calls names no policies",
               "it has standard, hedging or policies; " + std::string(see_format)};
}

std::optional<Error> refused_key(const json& object, const std::string& what,
                                 std::initializer_list<std::string_view> known) {
  if (!object.is_object()) {
    return Error{fmt::format("{} is {}", what, object.dump()), std::string(see_format)};
  }
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) == known.end()) {
      return Error{fmt::format("{} has a key {}", what, tripcurve::quoted(key)),
                   fmt::format("known: {}", fmt::join(known, ", "))};
    }
  }
  return std::nullopt;
}

Result<Reply> read_reply(const json& reply, const std::string& what) {
  if (auto mistake = refused_key(reply, what, {"after", "status", "retry_after"})) {
    return *mistake;
  }
  Reply read;
  if (!reply.contains("after")) {
    return read;
  }
  const auto after = milliseconds_of(reply["after"], what + ": after");
  if (!after) {
    return after.error();
  }
  read.after = *after;
  const auto status = reply.value("status", json());
  if (status == "refused") {
    read.ending.end = {CallEnd::Kind::connect_failed, 0};
  } else if (status.is_number_unsigned() && status >= least_status && status <= most_status) {
    read.ending.end = {CallEnd::Kind::answer, status.get<std::uint16_t>()};
  } else {
    return Error{fmt::format("{}: status is {}", what, status.dump()),
                 "it is a status from 100 to 999, or \"refused\""};
  }
  if (reply.contains("retry_after")) {
    const auto seconds = reply["retry_after"];
    constexpr std::uint64_t most = 36'000'000;  // 10000h
    if (!seconds.is_number_unsigned() || seconds.get<std::uint64_t>() > most) {
      return Error{fmt::format("{}: retry_after is {}", what, seconds.dump()),
                   "it is a whole number of seconds, at most 36000000"};
    }
    read.ending.retry_after = std::chrono::seconds(seconds.get<std::int64_t>());
  }
  return read;
}

Result<ScriptedCall> read_call(const json& call) {
  if (!call.is_object() || !call.contains("id") || !call.contains("at") ||
      !call.contains("upstream") || !call["upstream"].is_array() || call["upstream"].empty()) {
    return Error{"a call needs an id, a time at and a list upstream, not " + call.dump(),
                 std::string(see_format)};
  }
  const auto id = call["id"].dump();
  const auto what = "call " + id;
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

// A kind of step: how long it is, and which of its elements is the number of an attempt.
struct CallStepKind {
  std::string_view name;
  std::size_t size;
};
constexpr std::array call_step_kinds{CallStepKind{"call", 3},    CallStepKind{"send", 4},
                                     CallStepKind{"reply", 5},   CallStepKind{"cancel", 4},
                                     CallStepKind{"breaker", 4}, CallStepKind{"gone", 3},
                                     CallStepKind{"answer", 4}};

// What has happened so far, so that no step stands where it cannot.
class Order {
 public:
  explicit Order(const std::vector<ScriptedCall>& calls) {
    for (const auto& call : calls) {
      known_.insert(call.id);
    }
  }

  std::optional<Error> take(const json& step) {
    const auto* kind = kind_of(step);
    if (kind == nullptr) {
      return Error{step.dump() + " is not a step of calls", std::string(see_format)};
    }
    const auto time = milliseconds_of(step[0], step.dump() + ": the time");
    if (!time) {
      return time.error();
    }
    const auto call = step[2].dump();
    if (!known_.contains(call)) {
      return Error{step.dump() + " is of a call that is not among calls", std::string(see_format)};
    }
    const bool in_place = *time >= now_ && follows(kind->name, call, step);
    now_ = *time;
    return in_place ? std::nullopt
                    : std::optional(Error{step.dump() + " cannot come after the steps before it",
                                          "times never decrease; a call begins and is answered "
                                          "once, and an attempt ends once after it was sent"});
  }

 private:
  static const CallStepKind* kind_of(const json& step) {
    if (!step.is_array() || step.size() < 3 || !step[1].is_string()) {
      return nullptr;
    }
    for (const auto& kind : call_step_kinds) {
      if (step[1] == kind.name && step.size() == kind.size) {
        return &kind;
      }
    }
    return nullptr;
  }

  bool follows(std::string_view kind, const std::string& call, const json& step) {
    if (kind == "call") {
      return known_.contains(call) && begun_.insert(call).second;
    }
    if (!begun_.contains(call)) {
      return false;
    }
    if (kind == "answer") {
      return answered_.insert(call).second;
    }
    if (kind == "send") {
      return under_way_.insert({call, step[3].dump()}).second;
    }
    if (kind == "reply" || kind == "cancel") {
      return under_way_.erase({call, step[3].dump()}) == 1;
    }
    return true;
  }

  std::set<std::string> known_;
  std::set<std::string> begun_;
  std::set<std::string> answered_;
  std::set<std::pair<std::string, std::string>> under_way_;
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
      return Error{"two calls have the id " + read->id, "give each its own"};
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
  CallTrace trace{.id = line["id"], .policies = {}, .calls = {}, .steps = {}};
  auto policies = policies_of(line);
  if (!policies) {
    return policies.error().in(trace.id);
  }
  trace.policies = *std::move(policies);
  if (const auto mistake = read_calls(trace, line["calls"])) {
    return mistake->in(trace.id);
  }
  Order order(trace.calls);
  for (const auto& step : line["steps"]) {
    if (const auto mistake = order.take(step)) {
      return mistake->in(trace.id);
    }
    trace.steps.push_back(step.dump());
  }
  return trace;
}

}  // namespace tripcurve::conform
