#include "serve/control.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
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

Json json_of(const Settings& settings) {
  Json json;  // null: there are none
  for (const auto& [name, text] : settings) {
    json[name] = text;
  }
  return json;
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

constexpr std::string_view of_faults = R"({"errors": "503:20%"})";
constexpr std::string_view of_phase = R"({"phase": "outage"})";

// The name in {"phase": "outage"}, and nothing else.
Result<std::string> read_phase(std::string_view body) {
  const auto texts = read_changes(body, of_phase);
  if (!texts) {
    return texts.error();
  }
  std::string phase;
  for (const auto& [key, text] : *texts) {
    if (key != "phase") {
      return Error{"unknown key " + tripcurve::quoted(visible(key)),
                   fmt::format("send one like {}", of_phase)};
    }
    phase = text.value_or("");
  }
  return phase;
}

const Error no_run{"no run is in progress", "wait for the next"};

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
  const Json page{
      {"control",
       {{"steers", controls_.go_to && controls_.reset}, {"examples", controls_.examples}}}};
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
  return state ? json_of_status(200, json_of(*state)) : trouble(409, no_run);
}

Answer Control::put(const std::string& body, bool keeps_others) {
  const auto changes = read_changes(body, of_faults);
  if (!changes) {
    return trouble(400, changes.error());
  }
  auto state = controls_.state();
  if (!state) {
    return trouble(409, no_run);
  }
  const auto before = keeps_others ? state->injected : Settings{};
  const auto wanted = changed(before, *changes);
  if (wanted.empty() && !before.empty()) {
    controls_.clear();  // the last one was taken away
  } else if (const auto error = controls_.inject(wanted)) {
    return trouble(400, *error);
  }
  state = controls_.state();
  return json_of_status(200, state ? json_of(*state) : Json::object());
}

Answer Control::go_to(const std::string& body) {
  const auto wanted = read_phase(body);
  if (!wanted) {
    return trouble(400, wanted.error());
  }
  if (!controls_.go_to) {
    return trouble(409, of_a_run);
  }
  const auto state = controls_.state();
  if (!state) {
    return trouble(409, no_run);
  }
  std::vector<std::string_view> names;
  for (const auto& phase : state->phases) {
    names.emplace_back(phase.name);
  }
  const auto found = std::ranges::find(names, *wanted);
  if (found == names.end()) {
    return trouble(400, {"there is no phase " + tripcurve::quoted(visible(*wanted)),
                         did_you_mean(*wanted, names)});
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
