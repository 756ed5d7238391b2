#include "importer/foreign.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

#include "core/text.hpp"
#include "document/node.hpp"

namespace tripcurve::importer {
namespace {

// Where a word begins in a line, or npos: letters and digits around it make it another one.
std::size_t find_word(std::string_view line, std::string_view word) {
  const auto is_letter = [&](std::size_t i) {
    return i < line.size() && (std::isalnum(static_cast<unsigned char>(line[i])) != 0 ||
                               line[i] == '_' || line[i] == '-');
  };
  for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + word.size())) {
      return at;
    }
  }
  return std::string_view::npos;
}

struct Foreign {
  std::string_view begin;  // what a line of its begins with, once blanks are off
  std::string_view word;   // and what it has somewhere behind that
  std::string_view message;
  std::string_view hint;
};

constexpr std::string_view hcl_message = "Consul's HCL cannot be read";
constexpr std::string_view hcl_hint =
    "import its JSON: consul config read -kind service-defaults -name NAME";
constexpr std::string_view toml_message = "TOML cannot be read";
constexpr std::string_view toml_hint = "write the same in YAML, which Traefik reads as well";
constexpr std::string_view caddy_message = "Caddy's passive health checks have no dialect";
constexpr std::string_view caddy_hint =
    "a failure counts for fail_duration, and a host is out while it has max_fails of them; "
    "`tripcurve list` names the breakers that tripcurve has";
constexpr std::string_view skipper_message = "Skipper's breakers cannot be read";
constexpr std::string_view skipper_hint =
    "consecutiveBreaker(15, \"10s\", 3) is --breaker 'gobreaker,ReadyToTrip=ConsecutiveFailures >= "
    "15,Timeout=10s,MaxRequests=3'; rateBreaker has no dialect";

constexpr std::array foreign_files{
    Foreign{"PassiveHealthCheck {", "", hcl_message, hcl_hint},
    Foreign{"PassiveHealthCheck = {", "", hcl_message, hcl_hint},
    Foreign{"passive_health_check {", "", hcl_message, hcl_hint},
    Foreign{"passive_health_check = {", "", hcl_message, hcl_hint},
    Foreign{"[http.middlewares.", "circuitBreaker", toml_message, toml_hint},
    Foreign{"fail_duration ", "", caddy_message, caddy_hint},
    Foreign{"-> consecutiveBreaker(", "", skipper_message, skipper_hint},
    Foreign{"-> rateBreaker(", "", skipper_message, skipper_hint},
};

// Languages that are not read, by the ending of a file's name.
struct Language {
  std::string_view endings;  // each between blanks
  std::string_view message;
  std::string_view hint;
};
constexpr std::array languages{
    Language{" .toml ", "TOML cannot be read",
             "write the same in YAML or JSON; Traefik reads YAML as well"},
    Language{" .hcl .tf .nomad ", "HCL cannot be read",
             "write the same in YAML or JSON; Consul prints its own: consul config read -kind "
             "service-defaults -name NAME"},
    Language{" .xml ", "XML cannot be read",
             "write the settings under their dialect's names, for example {dialect: resilience4j, "
             "failureRateThreshold: 50}"},
    Language{" .java .kt .scala .groovy .go .cs .fs .ts .js .mjs .py .rb .rs .php .ex ",
             "source code cannot be read",
             "write the settings under their dialect's names, for example {dialect: gobreaker, "
             "Timeout: 30s}; `tripcurve describe gobreaker` lists them"},
};

std::optional<Error> foreign_language(const std::string& file) {
  const auto name = std::string_view(file).substr(file.rfind('/') + 1);
  const auto dot = name.rfind('.');
  const auto ending = dot == std::string_view::npos ? std::string_view{} : name.substr(dot);
  for (const auto& language : languages) {
    if (!ending.empty() &&
        language.endings.find(" " + std::string(ending) + " ") != std::string_view::npos) {
      return Error{file + ": " + std::string(language.message), std::string(language.hint)};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> foreign(const std::string& file, std::string_view text) {
  document::Place place{std::make_shared<const std::string>(file)};
  for (; !text.empty(); ++place.line) {
    const auto line = take_until(text, "\n");
    const auto trimmed = trim(line);
    for (const auto& one : foreign_files) {
      const auto word = one.word.empty() ? 0 : find_word(trimmed, one.word);
      if (!trimmed.starts_with(one.begin) || word == std::string_view::npos) {
        continue;
      }
      place.column = static_cast<std::uint32_t>(
          static_cast<std::size_t>(trimmed.data() - line.data()) + word + 1);
      return place.error(std::string(one.message), std::string(one.hint));
    }
  }
  return foreign_language(file);
}

}  // namespace tripcurve::importer
