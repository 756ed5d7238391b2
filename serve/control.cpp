#include "serve/control.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "embedded/openapi.hpp"
#include "view/page.hpp"

namespace tripcurve::serve {
namespace {

using Json = nlohmann::ordered_json;

Answer json_of_status(int status, const Json& json) {
  return {.status = status, .type = "application/json", .body = json.dump(2) + "\n"};
}

Answer trouble(int status, const Error& error) {
  return json_of_status(status, {{"error", error.message}, {"hint", error.hint}});
}

Json json_of(const std::optional<ControlledState::Injected>& injected) {
  return injected ? Json{{"errors", injected->errors}, {"latency", injected->latency}} : Json();
}

Json json_of(const ControlledState::Phase& phase) {
  auto injected = Json::object();
  for (const auto& [kind, count] : phase.injected) {
    injected[kind] = count;
  }
  return {{"name", phase.name},
          {"text", phase.text},
          {"begin_ms", to_milliseconds(phase.begin)},
          {"end_ms", phase.end == never ? Json() : Json(to_milliseconds(phase.end))},
          {"arrived", phase.arrived},
          {"served", phase.served},
          {"injected", std::move(injected)}};
}

Json json_of(const ControlledState& state) {
  Json json{{"now_ms", to_milliseconds(state.now)},
            {"seed", state.seed},
            {"phase", state.phases[state.phase].name},
            {"injected", json_of(state.injected)},
            {"phases", Json::array()},
            {"plan", state.plan}};
  for (const auto& phase : state.phases) {
    json["phases"].push_back(json_of(phase));
  }
  return json;
}

// The texts of an object that has no other keys than these; empty where one is missing.
Result<std::vector<std::optional<std::string>>> read_texts(std::string_view body,
                                                           std::span<const std::string_view> keys) {
  const auto json = Json::parse(body, nullptr, false);
  if (!json.is_object()) {
    return Error{"the body is no JSON object",
                 fmt::format("send one like {{\"{}\": \"...\"}}", keys.front())};
  }
  std::vector<std::optional<std::string>> texts(keys.size());
  for (const auto& [key, value] : json.items()) {
    const auto found = std::ranges::find(keys, key);
    if (found == keys.end()) {
      return Error{fmt::format("unknown key '{}'", visible(key)), did_you_mean(key, keys)};
    }
    if (!value.is_string()) {
      return Error{fmt::format("{} is no string", key), "write it as in flags, in quotes"};
    }
    texts[static_cast<std::size_t>(found - keys.begin())] = value.get<std::string>();
  }
  return texts;
}

constexpr std::array<std::string_view, 2> fault_keys{"errors", "latency"};
constexpr std::array<std::string_view, 1> phase_keys{"phase"};

const Error of_a_run{"the phases of a run follow the clock, which its report counts on",
                     "start tripcurve upstream to step through phases by hand"};

// Where it differs does not show in the time that this takes.
bool is_same_secret(std::string_view a, std::string_view b) {
  bool is_same = a.size() == b.size();
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    is_same &= a[i] == b[i];
  }
  return is_same;
}

}  // namespace

Answer Control::answer(const PageRequest& request) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (request.path == "/openapi.json" && reads) {
    return {.type = "application/json", .body = std::string(embedded::openapi)};
  }
  if (request.path == "/" && reads) {
    return {.type = "text/html; charset=utf-8", .body = page()};
  }
  if (!token_.empty() && !is_same_secret(request.field("Authorization"), "Bearer " + token_)) {
    return trouble(401, {"the token is missing or wrong",
                         "send the field 'Authorization: Bearer TOKEN' with that of "
                         "--control-token"});
  }
  const std::lock_guard lock(mutex_);
  if (request.path == "/faults") {
    return at_faults(request);
  }
  const bool posts = request.method == "POST";
  const bool steers = request.path == "/phase" || request.path == "/reset";
  if (posts && steers) {
    return request.path == "/phase" ? go_to(request.body) : reset();
  }
  return trouble(
      steers ? 405 : 404,
      {"there is no " + request.method + " " + visible(request.path),
       "read /openapi.json, or GET, PUT, PATCH or DELETE /faults, or POST /phase or /reset"});
}

std::string Control::page() const {
  const Json page{{"control", {{"steers", controls_.go_to && controls_.reset}}}};
  return view::page(view::Use::control, page.dump());
}

Answer Control::at_faults(const PageRequest& request) {
  if (request.method == "PUT" || request.method == "PATCH") {
    return put(request.body, request.method == "PATCH");
  }
  if (request.method != "GET" && request.method != "HEAD" && request.method != "DELETE") {
    return trouble(405, {"/faults knows no " + request.method, "GET, PUT, PATCH or DELETE it"});
  }
  if (request.method == "DELETE") {
    controls_.clear();
  }
  const auto state = controls_.state();
  return state ? json_of_status(200, json_of(*state))
               : trouble(409, {"no run is in progress", "wait for the next"});
}

Answer Control::put(const std::string& body, bool keeps_others) {
  const auto texts = read_texts(body, fault_keys);
  if (!texts) {
    return trouble(400, texts.error());
  }
  auto state = controls_.state();
  if (!state) {
    return trouble(409, {"no run is in progress", "wait for the next"});
  }
  const auto before = keeps_others ? state->injected : std::nullopt;
  const auto errors = (*texts)[0].value_or(before ? before->errors : "");
  const auto latency = (*texts)[1].value_or(before ? before->latency : "");
  if (errors.empty() && latency.empty()) {
    return trouble(400, {"nothing to inject",
                         "give errors, such as 503:100%, or a latency, such as "
                         "2s; DELETE removes what is injected"});
  }
  if (const auto error = controls_.inject(errors, latency)) {
    return trouble(400, *error);
  }
  state = controls_.state();
  return json_of_status(200, state ? json_of(*state) : Json::object());
}

Answer Control::go_to(const std::string& body) {
  const auto texts = read_texts(body, phase_keys);
  if (!texts) {
    return trouble(400, texts.error());
  }
  if (!controls_.go_to) {
    return trouble(409, of_a_run);
  }
  const auto state = controls_.state();
  if (!state) {
    return trouble(409, {"no run is in progress", "wait for the next"});
  }
  std::vector<std::string_view> names;
  for (const auto& phase : state->phases) {
    names.emplace_back(phase.name);
  }
  const auto wanted = (*texts)[0].value_or("");
  const auto found = std::ranges::find(names, wanted);
  if (found == names.end()) {
    return trouble(400, {"there is no phase " + tripcurve::quoted(visible(wanted)),
                         did_you_mean(wanted, names)});
  }
  controls_.go_to(static_cast<std::size_t>(found - names.begin()));
  return json_of_status(200, json_of(*controls_.state()));
}

Answer Control::reset() {
  if (!controls_.reset) {
    return trouble(409, of_a_run);
  }
  controls_.reset();
  return json_of_status(200, json_of(*controls_.state()));
}

}  // namespace tripcurve::serve
