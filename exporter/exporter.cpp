#include "exporter/exporter.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "exporter/formats.hpp"

namespace tripcurve::exporter {
namespace {

constexpr std::array<std::string_view, 2> yaml{".yml", ".yaml"};
constexpr std::array<std::string_view, 1> properties{".properties"};
constexpr std::array<std::string_view, 1> json{".json"};
constexpr std::array<std::string_view, 1> go{".go"};
constexpr std::array<std::string_view, 3> javascript{".js", ".ts", ".mjs"};

bool is_resilience4j(std::string_view dialect) { return dialect == "resilience4j"; }
bool is_hystrix(std::string_view dialect) { return dialect == "hystrix-1.5.18"; }
bool is_polly(std::string_view dialect) { return dialect == "polly"; }
bool is_envoy(std::string_view dialect) { return dialect == "envoy"; }
bool is_gobreaker(std::string_view dialect) { return dialect == "gobreaker"; }
bool is_hystrix_go(std::string_view dialect) { return dialect == "hystrix-go"; }
bool is_opossum(std::string_view dialect) { return dialect == "opossum"; }
bool is_any(std::string_view /*dialect*/) { return true; }

constexpr std::array all_formats{
    Format{"resilience4j-yaml", "resilience4j in Spring Boot, application.yml", yaml, true,
           is_resilience4j, write_resilience4j_yaml},
    Format{"resilience4j-properties", "resilience4j in Spring Boot, application.properties",
           properties, true, is_resilience4j, write_resilience4j_properties},
    Format{"hystrix", "Hystrix, config.properties", properties, true, is_hystrix, write_hystrix},
    Format{"dotnet", ".NET HttpStandardResilience, appsettings.json", json, true, is_polly,
           write_dotnet},
    Format{"envoy", "Envoy cluster", yaml, true, is_envoy, write_envoy},
    Format{"istio", "Istio DestinationRule", yaml, true, is_envoy, write_istio},
    Format{"gobreaker", "gobreaker, Go", go, false, is_gobreaker, write_gobreaker},
    Format{"hystrix-go", "hystrix-go commands", json, true, is_hystrix_go, write_hystrix_go},
    Format{"opossum", "opossum, JavaScript", javascript, false, is_opossum, write_opossum},
    Format{"tripcurve", "tripcurve's own", yaml, true, is_any, write_plain},
};

}  // namespace

std::span<const Format> formats() { return all_formats; }

std::vector<const Format*> formats_of(const breaker::Choice& choice) {
  std::vector<const Format*> found;
  for (const auto& format : all_formats) {
    if (format.takes(choice.dialect().name)) {
      found.push_back(&format);
    }
  }
  return found;
}

Result<const Format*> format_for(const breaker::Choice& choice, std::string_view file) {
  std::string known;
  for (const auto* format : formats_of(choice)) {
    for (const auto ending : format->endings) {
      if (file.ends_with(ending)) {
        return format;
      }
      known += (known.empty() ? "" : ", ") + std::string(ending);
    }
  }
  return Error{quoted(file) + " has no ending that says in which format settings of " +
                   std::string(choice.dialect().name) + " are to be written",
               "let it end in one of " + known};
}

}  // namespace tripcurve::exporter
