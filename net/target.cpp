#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cctype>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include "core/ensure.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "net/client.hpp"
#include "net/connection_pool.hpp"
#include "net/tls/context.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto connect_deadline = std::chrono::seconds(2);

bool is_blank_or_control(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }

bool may_stand_in_a_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
}

// Takes "http://" or "https://" off the front of `rest`; whether it is the latter.
Result<bool> take_scheme(const std::string& url, std::string_view& rest) {
  const auto end = url.find("://");
  if (end == std::string::npos) {
    const std::string host = url.starts_with('/') ? "127.0.0.1:8080" : "";
    return Error{quoted(url) + " has no scheme", "write http://" + host + url};
  }
  std::string scheme = url.substr(0, end);
  std::ranges::transform(scheme, scheme.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  rest.remove_prefix(end + 3);
  if (scheme != "http" && scheme != "https") {
    return Error{quoted(url) + " asks for the scheme " + quoted(scheme),
                 "only http and https are supported: write http://" + std::string(rest)};
  }
  return scheme == "https";
}

struct Authority {
  std::string_view host;
  std::string_view port;  // empty: not given
};

Result<Authority> split(std::string_view authority, const std::string& url) {
  if (authority.find('@') != std::string_view::npos) {
    return Error{quoted(url) + " has user info before its host",
                 "leave out everything up to the '@': no credentials are sent"};
  }
  Authority parts{authority, {}};
  std::string_view after_host;
  if (authority.starts_with('[')) {
    const auto bracket = authority.find(']');
    if (bracket == std::string_view::npos) {
      return Error{quoted(url) + " has a '[' without its ']'",
                   "write an IPv6 address like http://[::1]:8080/"};
    }
    parts.host = authority.substr(1, bracket - 1);
    after_host = authority.substr(bracket + 1);
    boost::system::error_code error;
    asio::ip::make_address_v6(std::string(parts.host), error);
    if (error || (!after_host.empty() && !after_host.starts_with(':'))) {
      return Error{quoted(authority) + " in " + quoted(url) + " is not an IPv6 address in brackets",
                   "write it like http://[::1]:8080/"};
    }
  } else {
    const auto colon = authority.find(':');
    if (colon != authority.rfind(':')) {
      return Error{quoted(authority) + " in " + quoted(url) + " has more than one ':'",
                   "write HOST:PORT, and an IPv6 address in brackets: http://[::1]:8080/"};
    }
    parts.host = authority.substr(0, colon);
    after_host = authority.substr(parts.host.size());
    if (parts.host.empty()) {
      return Error{quoted(url) + " names no host", "write http://HOST:PORT/"};
    }
    if (!std::ranges::all_of(parts.host, may_stand_in_a_name)) {
      return Error{quoted(parts.host) + " in " + quoted(url) + " is not a host name",
                   "a name has letters, digits, '-', '.' and '_'"};
    }
  }
  if (after_host == ":") {
    return Error{quoted(url) + " has a ':' without a port", "write the port, or leave out the ':'"};
  }
  parts.port = after_host.substr(after_host.empty() ? 0 : 1);
  return parts;
}

// All addresses of a name, or the one that it is; none, and the error, if it is unknown.
std::vector<asio::ip::address> addresses_of(const std::string& host,
                                            boost::system::error_code& error) {
  if (const auto address = asio::ip::make_address(host, error); !error) {
    return {address};
  }
  asio::io_context io;
  // Not Asio's default flags: they leave out addresses this machine could not reach just now.
  const auto found = tcp::resolver(io).resolve(host, "", tcp::resolver::flags{}, error);
  std::vector<asio::ip::address> addresses;
  for (const auto& entry : found) {
    addresses.push_back(entry.endpoint().address());
  }
  return addresses;
}

std::error_code connect(const std::string& address, std::uint16_t port) {
  asio::io_context io;
  tcp::socket socket(io);
  boost::system::error_code outcome = asio::error::timed_out;
  socket.async_connect({asio::ip::make_address(address), port},
                       [&outcome](const auto& error) { outcome = error; });
  io.run_for(connect_deadline);
  return outcome;
}

// What went wrong in a handshake with the target.
Error handshake_error(const Target& target, const boost::system::error_code& error, long verdict) {
  const auto origin = target.origin();
  if (verdict != X509_V_OK && !target.tls->anyone) {
    return {"the certificate of " + origin +
                " is not trusted: " + X509_verify_cert_error_string(verdict),
            "name the authority that signed it with --cacert FILE, or take any certificate with "
            "--insecure"};
  }
  return {"the TLS handshake with " + origin + " failed: " + error.message(),
          error == asio::error::timed_out
              ? "check what listens there; it answered nothing for 2s"
              : "check that the server there speaks TLS 1.2 or 1.3; plain HTTP is http://" +
                    target.authority()};
}

}  // namespace

std::string Target::authority() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Target::origin() const { return (tls ? "https://" : "http://") + authority(); }

Result<Target> parse_target(const std::string& url) {
  if (std::ranges::any_of(url, is_blank_or_control)) {
    return Error{quoted(url) + " has a space or a control character in it",
                 "write a space in a path as %20"};
  }
  std::string_view rest = url;
  const auto is_secure = take_scheme(url, rest);
  if (!is_secure) {
    return is_secure.error();
  }
  if (rest.find('#') != std::string_view::npos) {
    return Error{quoted(url) + " has a fragment, which is never sent",
                 "leave out the '#' and what follows it"};
  }
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  const auto path = rest.substr(authority.size());
  const auto parts = split(authority, url);
  if (!parts) {
    return parts.error();
  }

  Target target;
  target.host = parts->host;
  if (*is_secure) {
    target.port = 443;
    target.tls.emplace();
  }
  if (!parts->port.empty()) {
    const auto port = parse_count(parts->port, 1, 65535);
    if (!port) {
      return port.error().in("the port in " + quoted(url));
    }
    target.port = static_cast<std::uint16_t>(*port);
  }
  target.path = path.starts_with('/') ? path : "/" + std::string(path);
  return target;
}

std::error_code resolve(Target& target) {
  boost::system::error_code error;
  const auto addresses = addresses_of(target.host, error);
  target.loopback = std::ranges::all_of(addresses, &asio::ip::address::is_loopback);
  target.addresses.clear();
  for (const auto& address : addresses) {
    target.addresses.push_back(address.to_string());
  }
  return error;
}

std::error_code try_connect(Target& target) {
  std::error_code error = connect(target.addresses.front(), target.port);
  for (std::size_t i = 1; error && i < target.addresses.size(); ++i) {
    error = connect(target.addresses[i], target.port);
    if (!error) {
      std::swap(target.addresses.front(), target.addresses[i]);
    }
  }
  return error;
}

std::optional<Error> unreadable_trust(const Target& target) {
  if (!target.tls) {
    return std::nullopt;
  }
  const auto context = client_context(*target.tls);
  return context ? std::nullopt : std::optional(context.error().in("--cacert"));
}

std::optional<Error> try_handshake(const Target& target) {
  auto context = client_context(target.tls.value());
  if (!context) {
    return context.error().in("--cacert");
  }
  auto setup = std::move(context).value();
  asio::io_context io;
  asio::ssl::stream<tcp::socket> stream(io, setup);
  stream.next_layer().connect({asio::ip::make_address(target.addresses.front()), target.port});
  set_server(stream.native_handle(), target.host);
  boost::system::error_code outcome = asio::error::timed_out;
  stream.async_handshake(asio::ssl::stream_base::client,
                         [&outcome](const auto& error) { outcome = error; });
  io.run_for(connect_deadline);
  if (!outcome) {
    return std::nullopt;
  }
  return handshake_error(target, outcome, SSL_get_verify_result(stream.native_handle()));
}

Destination destination_of(const Target& target) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(
      target.addresses.empty() ? target.host : target.addresses.front(), error);
  ENSURE(!error);
  Destination destination{.endpoint = {address, target.port}, .host = target.host};
  if (target.tls) {
    auto context = client_context(*target.tls);
    ENSURE(context.ok());  // try_handshake() has read the same file
    destination.tls = std::make_shared<asio::ssl::context>(std::move(context).value());
  }
  return destination;
}

}  // namespace tripcurve::net
