#include "net/requests.hpp"

#include <iterator>
#include <limits>
#include <utility>

#include "core/ensure.hpp"
#include "through/identity.hpp"

namespace tripcurve::net {
namespace {

// Every number is written with this many digits, so that a request never changes its length.
template <typename Number>
constexpr std::size_t digits = std::numeric_limits<Number>::digits10 + 1;

constexpr std::string_view before_ordinal = "\r\nX-Tripcurve-Request: ";
constexpr std::string_view before_leave = "\r\nX-Tripcurve-Leave: ";
constexpr std::string_view end_of_head = "\r\n\r\n";

// The end of a head, with zeros for what changes from call to call.
std::string varying_fields(const std::string& run) {
  return std::string(before_ordinal) + std::string(digits<std::uint64_t>, '0') +
         std::string(before_leave) + run + ' ' + std::string(digits<std::uint32_t>, '0') + ' ' +
         std::string(digits<std::uint64_t>, '0') + " 0" + std::string(end_of_head);
}

// Writes `number`, its last digit at `digit` and the others before it, and moves on.
template <typename Number>
void write(std::string::reverse_iterator& digit, Number number) {
  for (std::size_t i = 0; i < digits<Number>; ++i, ++digit, number /= 10) {
    *digit = static_cast<char>('0' + number % 10);
  }
}

// Of the run's 16 digits and the call's, writes the call's, of which the last is `digit`.
void write_hexadecimal(std::string::reverse_iterator digit, std::uint64_t number) {
  for (std::size_t i = 0; i < 16; ++i, ++digit, number /= 16) {
    *digit = "0123456789abcdef"[number % 16];
  }
}

// Of an empty body only where a body is usual (RFC 9110, section 8.6).
bool tells_length(const std::string& method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

Requests::Requests(const std::string& authority, const std::vector<load::Endpoint>& endpoints,
                   std::uint64_t run, const std::vector<Header>& identity,
                   bool stops_at_error_event)
    : stops_at_error_event_(stops_at_error_event),
      after_ordinal_(std::ssize(before_leave) + std::ssize(std::to_string(run)) + 1) {
  const auto varying = varying_fields(std::to_string(run));
  std::string identities;
  const auto none = through::identity(run, 0);
  for (const auto& [name, value] : identity) {
    identities += "\r\n" + name + ": " + value;
  }
  for (auto at = identities.find(none); at != std::string::npos;
       at = identities.find(none, at + none.size())) {
    identities_.push_back(std::ssize(varying) + std::ssize(identities) -
                          static_cast<std::ptrdiff_t>(at + none.size()));
  }
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
    by_endpoint_.push_back(request + identities + varying);
  }
}

std::string_view Requests::bytes(const load::Attempt& call) {
  auto& request = by_endpoint_[call.endpoint];
  auto digit = request.rbegin() + end_of_head.size();  // from the last to the first
  *digit++ = call.leave.by_open ? '1' : '0';
  write(++digit, call.leave.spell);
  write(++digit, call.leave.breaker);
  digit += after_ordinal_;
  write(digit, call.request());
  for (const auto from_end : identities_) {
    write_hexadecimal(request.rbegin() + from_end, call.request());
  }
  return request;
}

}  // namespace tripcurve::net
