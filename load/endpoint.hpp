// What a call asks for: one kind of request, under the name that people know it by.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/http.hpp"
#include "core/result.hpp"

namespace tripcurve::load {

struct Endpoint {
  std::string method = "GET";
  std::string path = "/";  // with its query, if any
  std::vector<Header> headers{};

  // "/payments" for GET, else "POST /payments". Two endpoints of one load must differ in it.
  [[nodiscard]] std::string name() const { return method == "GET" ? path : method + " " + path; }
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

[[nodiscard]] std::vector<std::string> names(const std::vector<Endpoint>& endpoints);

// "/payments" or "POST /payments". Refuses what parse_method and parse_path refuse, and CONNECT,
// which asks for no path.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

// Refuses what parse_header refuses, and a field that the client writes itself.
[[nodiscard]] Result<Header> parse_endpoint_header(std::string_view name, std::string_view value);

}  // namespace tripcurve::load
