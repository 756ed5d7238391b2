// tripcurve faults: shows and changes the faults of an upstream or a run that has --control.

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "core/exit_code.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "net/get.hpp"
#include "serve/address.hpp"

namespace tripcurve::cli {
namespace {

using Json = nlohmann::ordered_json;

struct FaultsFlags {
  std::string action, address;
  std::optional<std::string> errors, latency, phase, token;
};

constexpr std::array<std::string_view, 5> actions{"show", "set", "clear", "step", "reset"};

constexpr Duration patience = std::chrono::seconds(5);

std::optional<Error> contradiction(const FaultsFlags& flags) {
  if (std::ranges::find(actions, flags.action) == actions.end()) {
    return Error{"faults: there is no action " + tripcurve::quoted(flags.action),
                 did_you_mean(flags.action, actions)};
  }
  const bool sets = flags.action == "set";
  if (sets != (flags.errors || flags.latency)) {
    return sets ? Error{"faults set: there is nothing to set",
                        "add --errors 503:20% or --latency 2s"}
                : Error{"--errors and --latency belong to faults set",
                        "write tripcurve faults set " + flags.address};
  }
  if ((flags.action == "step") != flags.phase.has_value()) {
    return flags.phase ? Error{"--phase belongs to faults step",
                               "write tripcurve faults step " + flags.address}
                       : Error{"faults step: it is not said to which phase",
                               "add --phase NAME; faults show names them"};
  }
  return std::nullopt;
}

net::Question question_of(const FaultsFlags& flags) {
  net::Question question;
  if (flags.token) {
    question.authorization = "Bearer " + *flags.token;
  }
  Json body;
  if (flags.action == "set") {
    question.method = "PUT";
    if (flags.errors) {
      body["errors"] = *flags.errors;
    }
    if (flags.latency) {
      body["latency"] = *flags.latency;
    }
  } else if (flags.action == "clear") {
    question.method = "DELETE";
  } else if (flags.action == "step") {
    question.method = "POST";
    body["phase"] = *flags.phase;
  } else if (flags.action == "reset") {
    question.method = "POST";
    body = Json::object();
  }
  question.body = body.is_null() ? "" : body.dump();
  return question;
}

std::string state_text(const Json& state) {
  std::string text = "phase " + state.at("phase").get<std::string>() + ", seed " +
                     std::to_string(state.at("seed").get<std::uint64_t>()) + "\n";
  const auto& injected = state.at("injected");
  text += injected.is_null()
              ? "nothing is injected by hand\n"
              : "injected by hand: errors=" + injected.at("errors").get<std::string>() +
                    " latency=" + injected.at("latency").get<std::string>() + "\n";
  for (const auto& phase : state.at("phases")) {
    text += "  " + phase.at("text").get<std::string>() + ": " +
            show_count(phase.at("arrived").get<std::uint64_t>()) + " arrived, " +
            show_count(phase.at("served").get<std::uint64_t>()) + " served";
    for (const auto& [kind, count] : phase.at("injected").items()) {
      text += ", " + show_count(count.get<std::uint64_t>()) + " " + kind;
    }
    text += "\n";
  }
  return text;
}

// What another program says may be anything.
ExitCode say_answer(const net::Answer& answer, const std::string& url) {
  const auto json = Json::parse(answer.body, nullptr, false);
  try {
    if (answer.status == 200) {
      print(state_text(json));
      return ExitCode::success;
    }
    const Error error{json.at("error").get<std::string>(), json.at("hint").get<std::string>()};
    return answer.status == 400 ? usage_error(error) : environment_error(error);
  } catch (const Json::exception&) {
    return environment_error({"what answers at " + url + " is no control of tripcurve",
                              "give the address that --control names"});
  }
}

ExitCode carry_out(const FaultsFlags& flags) {
  if (const auto error = contradiction(flags)) {
    return usage_error(*error);
  }
  const auto address = serve::parse_address(flags.address);
  if (!address) {
    return usage_error(address.error().in("ADDR"));
  }
  const auto url = "http://" + address->text() +
                   (flags.action == "step"    ? "/phase"
                    : flags.action == "reset" ? "/reset"
                                              : "/faults");
  auto target = net::parse_target(url);
  if (!target) {
    return usage_error(target.error().in("ADDR"));
  }
  const auto answer = net::ask(*std::move(target), question_of(flags), patience);
  if (!answer) {
    return environment_error({"cannot reach " + url + ": " + answer.error().message,
                              "start tripcurve upstream or run with --control " + address->text()});
  }
  return say_answer(*answer, url);
}

}  // namespace

Command add_faults(CLI::App& app) {
  auto flags = std::make_shared<FaultsFlags>();
  auto& command = add_command(
      app, "faults", "Show and change the faults of what runs",
      "ACTION is show; set, which injects faults in place of those of the plan;\nclear, which "
      "removes them; step, which begins a phase of an upstream; or reset,\nwhich sets an upstream "
      "back to its beginning. Examples:\n"
      "  tripcurve upstream --port 8080 --control 127.0.0.1:9000\n"
      "  tripcurve faults set 127.0.0.1:9000 --errors 503:20%,reset:1%\n"
      "  tripcurve faults show 127.0.0.1:9000");
  add_argument(command, "ACTION", flags->action, "show, set, clear, step or reset",
               Completion::of(actions));
  add_argument(command, "ADDR", flags->address, "the address that --control names");
  const FlagGroup add(command, "Faults");
  add("--errors", flags->errors, "LIST", "to set: 503:20%,reset:1%");
  add("--latency", flags->latency, "TIME", "to set: 20ms, p50=20ms,p99=400ms");
  add("--phase", flags->phase, "NAME", "to step: the phase that begins");
  FlagGroup(command, "Other")("--token", flags->token, "TOKEN", "that of --control-token");
  return {&command, [flags] { return carry_out(*flags); }};
}

}  // namespace tripcurve::cli
