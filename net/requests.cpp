#include "net/requests.hpp"

#include <algorithm>
#include <limits>

#include "core/ensure.hpp"

namespace tripcurve::net {
namespace {

// Every ordinal is written with this many digits, so that a request never changes its length.
constexpr std::size_t ordinal_digits = std::numeric_limits<std::uint64_t>::digits10 + 1;
constexpr std::string_view after_ordinal = "\r\n\r\n";

bool may_stand_in_a_request_line(const std::string& endpoint) {
  return endpoint.starts_with('/') && std::ranges::none_of(endpoint, [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
         });
}

}  // namespace

Requests::Requests(const std::string& authority, const std::vector<std::string>& endpoints) {
  for (const auto& endpoint : endpoints) {
    ENSURE(may_stand_in_a_request_line(endpoint));
    by_endpoint_.push_back("GET " + endpoint + " HTTP/1.1\r\nHost: " + authority +
                           "\r\nX-Tripcurve-Request: " + std::string(ordinal_digits, '0') +
                           std::string(after_ordinal));
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
