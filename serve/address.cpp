#include "serve/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::serve {
namespace {

constexpr std::uint64_t highest_port = 65535;

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// The sixteen bytes of an address in numbers (IPv4 in its mapped form), or empty for a name.
std::optional<std::array<unsigned char, 16>> numbers_of(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) {
    return bytes;
  }
  bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (inet_pton(AF_INET, host.c_str(), bytes.data() + 12) == 1) {
    return bytes;
  }
  return std::nullopt;
}

bool is_loopback(const std::string& host) {
  const auto numbers = numbers_of(host);
  return numbers &&
         (numbers == numbers_of("::1") || (numbers->at(10) == 0xff && numbers->at(12) == 127));
}

bool is_every_address(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

// "host:port", "[host]:port"; `port` is what a missing one means.
struct Parts {
  std::string host;
  std::string port;
};
std::optional<Parts> split(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    const auto rest = text.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) {
      return std::nullopt;
    }
    return Parts{std::string(text.substr(1, end - 1)),
                 std::string(rest.substr(std::min<std::size_t>(1, rest.size())))};
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return Parts{std::string(text), ""};
  }
  return Parts{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

}  // namespace

std::string Address::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> parse_address(std::string_view text) {
  const auto written = trim(text);
  const Error unreadable{quoted(text) + " is not an address to listen at",
                         "write 127.0.0.1:9109, or 9109 alone, or [::1]:9109"};
  auto parts = is_digits(written) ? Parts{"", std::string(written)} : split(written);
  if (!parts || parts->port.empty()) {
    return unreadable;
  }
  const auto port = parse_count(parts->port, 0, highest_port);
  if (!port) {
    return Error{quoted(text) + ": the port is not a number from 0 to 65535", unreadable.hint};
  }
  const auto in_host = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_' || c == ':';
  };
  const bool bracketed = written.starts_with('[');
  if (!std::ranges::all_of(parts->host, in_host) || (bracketed && !numbers_of(parts->host))) {
    return unreadable;
  }
  Address address{.host = parts->host, .port = static_cast<std::uint16_t>(*port)};
  if (address.host.empty() || same_word(address.host, "localhost")) {
    address.host = Address{}.host;
  }
  return address;
}

bool is_own_name(std::string_view host_field, const Address& own) {
  const auto called = split(host_field);
  if (!called) {
    return false;
  }
  constexpr std::string_view port_of_http = "80";
  if ((called->port.empty() ? port_of_http : std::string_view(called->port)) !=
      std::to_string(own.port)) {
    return false;
  }
  if (same_word(called->host, own.host)) {
    return true;
  }
  const auto numbers = numbers_of(called->host);
  if (numbers) {
    return is_every_address(own.host) || numbers == numbers_of(own.host);
  }
  return same_word(called->host, "localhost") &&
         (is_loopback(own.host) || is_every_address(own.host));
}

}  // namespace tripcurve::serve
