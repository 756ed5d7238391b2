#include "net/response.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <ostream>  // what Beast's status.hpp forgets
#include <string>
#include <string_view>

#include <boost/beast/http/status.hpp>

namespace tripcurve::net {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  out.append(digits.data(),
             std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

std::string_view reason_phrase(std::uint16_t status) {
  const auto known = boost::beast::http::int_to_status(status);
  if (known == boost::beast::http::status::unknown) {
    return "Unknown";
  }
  const auto phrase = boost::beast::http::obsolete_reason(known);
  return {phrase.data(), phrase.size()};
}

}  // namespace

void append_response(std::string& out, const Response& response) {
  const auto status = response.status;
  const bool no_content = status == 204 || status == 304;
  const bool empty = no_content || status == 205;
  out += "HTTP/1.1 ";
  append_number(out, status);
  out += ' ';
  out += reason_phrase(status);
  out += "\r\nServer: tripcurve";
  if (!no_content) {
    out += "\r\nContent-Type: text/plain\r\nContent-Length: ";
    append_number(out, empty ? 0 : response.text.size() + 1);
  }
  if (response.connection != ConnectionHeader::none) {
    out += response.connection == ConnectionHeader::close ? "\r\nConnection: close"
                                                          : "\r\nConnection: keep-alive";
  }
  if (response.ordinal) {
    out += "\r\nX-Tripcurve-Request: ";
    append_number(out, *response.ordinal);
  }
  out += "\r\n\r\n";
  if (!empty && !response.to_head) {
    out += response.text;
    out += '\n';
  }
}

}  // namespace tripcurve::net
