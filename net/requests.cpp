#include "net/requests.hpp"

#include <limits>
#include <utility>

#include "core/ensure.hpp"

namespace tripcurve::net {
namespace {

// Every ordinal is written with this many digits, so that a request never changes its length.
constexpr std::size_t ordinal_digits = std::numeric_limits<std::uint64_t>::digits10 + 1;
constexpr std::string_view after_ordinal = "\r\n\r\n";

// Of an empty body only where a body is usual (RFC 9110, section 8.6).
bool tells_length(const std::string& method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

Requests::Requests(const std::string& authority, const std::vector<load::Endpoint>& endpoints) {
  for (const auto& endpoint : endpoints) {
    ENSURE(load::parse_endpoint(endpoint.method + " " + endpoint.path).ok());
    auto request = endpoint.method + " " + endpoint.path + " HTTP/1.1\r\nHost: " + authority;
    for (const auto& [name, value] : endpoint.headers) {
      ENSURE(load::parse_endpoint_header(name, value).ok());
      request += "\r\n" + name + ": " + value;
    }
    if (tells_length(endpoint.method)) {
      request += "\r\nContent-Length: 0";
    }
    request += "\r\nX-Tripcurve-Request: " + std::string(ordinal_digits, '0');
    request += after_ordinal;
    by_endpoint_.push_back(std::move(request));
  }
}

std::string_view Requests::bytes(std::size_t endpoint, std::uint64_t ordinal) {
  auto& request = by_endpoint_[endpoint];
  auto digit = request.rbegin() + after_ordinal.size();
  for (std::size_t i = 0; i < ordinal_digits; ++i, ++digit, ordinal /= 10) {
    *digit = static_cast<char>('0' + ordinal % 10);
  }
  return request;
}

}  // namespace tripcurve::net
