#include "load/endpoint.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.hpp"

namespace tripcurve::load {
namespace {

constexpr std::array<std::string_view, 7> own_headers{
    "Connection",        "Content-Length",      "Expect",           "Host",
    "Transfer-Encoding", "X-Tripcurve-Request", "X-Tripcurve-Leave"};

}  // namespace

std::vector<std::string> names(const std::vector<Endpoint>& endpoints) {
  std::vector<std::string> names;
  for (const auto& endpoint : endpoints) {
    names.push_back(endpoint.name());
  }
  return names;
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  auto rest = trim(text);
  Endpoint endpoint;
  if (rest.find_first_of(white_space) != std::string_view::npos && !rest.starts_with('/')) {
    auto method = parse_method(take_until(rest, white_space));
    if (!method) {
      return method.error();
    }
    if (*method == "CONNECT") {
      return Error{quoted(text) + " asks for a tunnel, which no upstream here gives",
                   "write another method"};
    }
    endpoint.method = *std::move(method);
  }
  auto path = parse_path(trim(rest));
  if (!path) {
    return path.error();
  }
  endpoint.path = *std::move(path);
  return endpoint;
}

Result<Header> parse_endpoint_header(std::string_view name, std::string_view value) {
  if (std::ranges::any_of(own_headers, [&](auto own) { return same_word(own, name); })) {
    return Error{"header " + quoted(name) + " is written by the client itself", "leave it out"};
  }
  return parse_header(name, value);
}

}  // namespace tripcurve::load
