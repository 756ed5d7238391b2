// Proxies and toxics in toxiproxy's JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "toxics/proxies.hpp"

namespace tripcurve::serve {

// What toxiproxy says is wrong: a status, and words that its clients compare.
struct ApiTrouble {
  int status;
  std::string words;
};

// All of these throw ApiTrouble.

[[nodiscard]] nlohmann::ordered_json read_json_body(std::string_view text);

[[nodiscard]] nlohmann::ordered_json json_of(const toxics::Toxic& toxic);
[[nodiscard]] nlohmann::ordered_json json_of(const toxics::Proxy& proxy);
// With those of the way up first.
[[nodiscard]] nlohmann::ordered_json json_of(const std::vector<toxics::Toxic>& toxics);

[[nodiscard]] toxics::Toxic read_toxic(const nlohmann::ordered_json& json);
// `before` with the attributes and the toxicity that are named.
[[nodiscard]] toxics::Toxic read_toxic_update(const nlohmann::ordered_json& json,
                                              const toxics::Toxic& before);

// A proxy as it is asked for. Toxics that are not named are as they were.
struct ProxyWish {
  toxics::Proxy proxy;
  std::optional<std::vector<toxics::Toxic>> toxics{};
};
[[nodiscard]] ProxyWish read_proxy(const nlohmann::ordered_json& json,
                                   const toxics::Proxy& before = {});
// What a proxy must have, but for its toxics; `place` follows the name of what is missing.
void require_complete(const toxics::Proxy& proxy, const std::string& place = "");

}  // namespace tripcurve::serve
