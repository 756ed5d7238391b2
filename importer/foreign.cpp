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

constexpr std::string_view hcl_message = "Consul's HCL is not read";
constexpr std::string_view hcl_hint =
    "import its JSON: consul config read -kind service-defaults -name NAME";
constexpr std::string_view toml_message = "TOML is not read";
constexpr std::string_view toml_hint = "write the same in YAML, which Traefik reads, too";

constexpr std::array foreign_files{
    Foreign{"PassiveHealthCheck {", "", hcl_message, hcl_hint},
    Foreign{"PassiveHealthCheck = {", "", hcl_message, hcl_hint},
    Foreign{"passive_health_check {", "", hcl_message, hcl_hint},
    Foreign{"passive_health_check = {", "", hcl_message, hcl_hint},
    Foreign{"[http.middlewares.", "circuitBreaker", toml_message, toml_hint},
};

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
  return std::nullopt;
}

}  // namespace tripcurve::importer
