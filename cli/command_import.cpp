// tripcurve import: the breaker of a library's configuration file, as tripcurve writes it.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/import_file.hpp"
#include "cli/json_output.hpp"
#include "cli/text_file.hpp"
#include "core/exit_code.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/notes_text.hpp"

namespace tripcurve::cli {
namespace {

constexpr std::string_view letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/%-";

bool needs_quotes(std::string_view text, std::string_view also_safe) {
  const auto unsafe = [&](char c) {
    return letters.find(c) == std::string_view::npos && also_safe.find(c) == std::string_view::npos;
  };
  return text.empty() || text.front() == '-' || std::ranges::any_of(text, unsafe);
}

// A value of the YAML block.
std::string yaml_text(const std::string& value) {
  if (!needs_quotes(value, "")) {
    return value;
  }
  std::string text;
  for (const char c : visible(value)) {
    text += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return "\"" + text + "\"";
}

// A word for the shell.
std::string shell_word(const std::string& word) {
  if (!needs_quotes(word, "=,:")) {
    return word;
  }
  std::string text;
  for (const char c : word) {
    text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return "'" + text + "'";
}

// A file of its own that tripcurve reads: the breaker, and as comments all that goes with it.
std::string text_of(const importer::Imported& imported) {
  std::string text =
      fmt::format("# {}, {} at {}\nbreaker:\n  dialect: {}\n", imported.format,
                  imported.instance.empty() ? "the breaker" : visible(imported.instance),
                  visible(imported.at.text()), imported.choice.dialect().name);
  for (const auto& setting : imported.choice.settings()) {
    if (setting.given) {
      text += fmt::format("  {}: {}\n", setting.key, yaml_text(setting.value));
    }
  }
  const auto counts = breaker_counts_of(imported);
  if (!counts.empty()) {
    text += fmt::format("breaker_counts: {}\n", yaml_text(counts));
  }
  const bool times_out = imported.timeout && imported.timeout->length > Duration{};
  if (times_out) {
    text += fmt::format("load:\n  timeout: {}\n", format_duration(imported.timeout->length));
  }
  text += fmt::format("#\n# flags: --breaker {}{}{}\n", shell_word(imported.choice.text()),
                      times_out ? " --timeout " + format_duration(imported.timeout->length) : "",
                      counts.empty() ? "" : " --breaker-counts " + shell_word(counts));
  for (const auto& policy : policies_of(imported)) {
    text += fmt::format("#        --policy {}\n", shell_word(policy.text()));
  }
  for (const auto& note : notes_of(imported)) {
    text += "# " + note + "\n";
  }
  for (const auto& warning : warnings_of(imported)) {
    text += "# warning " + warning + "\n";
  }
  return text;
}

Json json_of(const importer::Imported& imported) {
  auto settings = Json::object();
  for (const auto& setting : imported.choice.settings()) {
    if (setting.given) {
      settings[setting.key] = setting.value;
    }
  }
  const auto counts = breaker_counts_of(imported);
  const bool times_out = imported.timeout && imported.timeout->length > Duration{};
  return {{"format", imported.format},
          {"instance", imported.instance.empty() ? Json() : Json(imported.instance)},
          {"place", imported.at.text()},
          {"dialect", imported.choice.dialect().name},
          {"settings", std::move(settings)},
          {"breaker", imported.choice.text()},
          {"breaker_counts", counts.empty() ? Json() : Json(counts)},
          {"timeout_ms", times_out ? Json(to_milliseconds(imported.timeout->length)) : Json()},
          {"notes", notes_of(imported)},
          {"warnings", warnings_of(imported)}};
}

}  // namespace

Command add_import(CLI::App& app) {
  struct ImportFlags {
    std::string file;
    std::optional<std::string> instance, json;
    std::vector<std::string> profiles;
  };
  auto flags = std::make_shared<ImportFlags>();
  auto& command = add_command(
      app, "import", "Read a breaker from a library's configuration file",
      "Reads resilience4j, Hystrix and Sentinel (Spring YAML or properties),\n"
      "MicroProfile, .NET appsettings.json, YARP, Ocelot, Istio, Envoy, Envoy\n"
      "Gateway, Gloo, App Mesh, Kuma, Consul, Linkerd, Dapr, KrakenD, Traefik,\n"
      "APISIX, nginx, HAProxy, Vert.x, hystrix-go, and {\"dialect\": ...}, also inside\n"
      "a Kubernetes ConfigMap. Prints the breaker, its timeout, its flags, and what\n"
      "was ignored and why: a file that --breaker-from reads.\n"
      "Examples:\n"
      "  tripcurve import examples/application.yml --instance payments\n"
      "  tripcurve import application.yml --profile prod\n"
      "  tripcurve simulate --breaker-from examples/application.yml#payments");
  add_argument(command, "FILE", flags->file, "the file to read; - is standard input",
               Completion::of_files());
  const FlagGroup add(command, "Other");
  add("--instance", flags->instance, "NAME", "which, if several: its name, endpoint, or NAME:LINE");
  add("--profile", flags->profiles, "NAME", "active profile of Spring Boot or Quarkus");
  add_json_flag(command, flags->json);
  return {&command, [flags] {
            const auto profiles = profiles_of(flags->profiles);
            if (!profiles) {
              return usage_error(profiles.error());
            }
            const auto imported = import_file(
                flags->file, importer::Wanted{.instance = flags->instance, .profiles = *profiles});
            if (!imported) {
              return usage_error(imported.error());
            }
            return tell(text_of(*imported), json_of(*imported), flags->json, ExitCode::success);
          }};
}

}  // namespace tripcurve::cli
