// tripcurve faults: shows and changes the faults of an upstream or a run that has --control.

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "core/exit_code.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "faults/phase.hpp"
#include "net/get.hpp"
#include "serve/address.hpp"

namespace tripcurve::cli {
namespace {

using Json = nlohmann::ordered_json;

struct FaultsFlags {
  std::string action, address;
  // By the index of faults::phase_settings().
  std::vector<std::optional<std::string>> settings =
      std::vector<std::optional<std::string>>(faults::phase_settings().size());
  std::optional<std::string> phase, token;

  [[nodiscard]] bool has_settings() const {
    return std::ranges::any_of(settings, [](const auto& one) { return one.has_value(); });
  }
};

constexpr std::array<std::string_view, 5> actions{"show", "set", "clear", "step", "reset"};

constexpr Duration patience = std::chrono::seconds(5);

std::optional<Error> contradiction(const FaultsFlags& flags) {
  if (std::ranges::find(actions, flags.action) == actions.end()) {
    return Error{"faults: there is no action " + tripcurve::quoted(flags.action),
                 did_you_mean(flags.action, actions)};
  }
  const bool sets = flags.action == "set";
  if (sets != flags.has_settings()) {
    return sets ? Error{"faults set: there is nothing to set",
                        "add --errors 503:20% or --latency 2s"}
                : Error{"faults " + flags.action + " sets no faults",
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

// --rate-limit of rate_limit.
std::string flag_of(std::string_view setting) {
  auto flag = "--" + std::string(setting);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

net::Question question_of(const FaultsFlags& flags) {
  net::Question question;
  if (flags.token) {
    question.authorization = "Bearer " + *flags.token;
  }
  Json body;
  if (flags.action == "set") {
    question.method = "PUT";
    for (std::size_t i = 0; i < flags.settings.size(); ++i) {
      if (flags.settings[i]) {
        body[faults::phase_settings()[i].name] = *flags.settings[i];
      }
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
  if (injected.is_null()) {
    text += "nothing is injected by hand\n";
  } else {
    text += "injected by hand:";
    for (const auto& [name, setting] : injected.items()) {
      text += " " + name + "=" + setting.get<std::string>();
    }
    text += "\n";
  }
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
  for (std::size_t i = 0; i < flags->settings.size(); ++i) {
    const auto& [name, example] = faults::phase_settings()[i];
    add(flag_of(name), flags->settings[i], "SPEC", std::string("to set: ") += example);
  }
  const FlagGroup other(command, "Other");
  other("--phase", flags->phase, "NAME", "to step: the phase that begins");
  other("--token", flags->token, "TOKEN", "that of --control-token");
  return {&command, [flags] { return carry_out(*flags); }};
}

}  // namespace tripcurve::cli
