// The formats, a file each in formats/. Not for other folders.
#pragma once

#include <string_view>

#include "exporter/exporter.hpp"

namespace tripcurve::exporter {

[[nodiscard]] Exported write_resilience4j_yaml(const breaker::Choice& choice,
                                               std::string_view instance);
[[nodiscard]] Exported write_resilience4j_properties(const breaker::Choice& choice,
                                                     std::string_view instance);
[[nodiscard]] Exported write_hystrix(const breaker::Choice& choice, std::string_view instance);
[[nodiscard]] Exported write_dotnet(const breaker::Choice& choice, std::string_view instance);
[[nodiscard]] Exported write_envoy(const breaker::Choice& choice, std::string_view instance);
[[nodiscard]] Exported write_istio(const breaker::Choice& choice, std::string_view instance);
[[nodiscard]] Exported write_gobreaker(const breaker::Choice& choice, std::string_view instance);
[[nodiscard]] Exported write_hystrix_go(const breaker::Choice& choice, std::string_view instance);
[[nodiscard]] Exported write_opossum(const breaker::Choice& choice, std::string_view instance);
[[nodiscard]] Exported write_plain(const breaker::Choice& choice, std::string_view instance);

}  // namespace tripcurve::exporter
