#include "net/response.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <ostream>  // what Beast's status.hpp forgets
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <boost/beast/http/status.hpp>

namespace tripcurve::net {
namespace {

std::string_view reason_phrase(std::uint16_t status) {
  const auto known = boost::beast::http::int_to_status(status);
  if (known == boost::beast::http::status::unknown) {
    return "Unknown";
  }
  const auto phrase = boost::beast::http::obsolete_reason(known);
  return {phrase.data(), phrase.size()};
}

bool must_not_have_content(std::uint16_t status) { return status == 204 || status == 304; }

}  // namespace

void append(std::string& out, std::initializer_list<std::string_view> pieces) {
  for (const auto piece : pieces) {
    out += piece;
  }
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  out.append(digits.data(),
             std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_head(std::string& out, const ResponseHead& head) {
  out += "HTTP/1.1 ";
  append_number(out, head.status);
  out += ' ';
  out += reason_phrase(head.status);
  out += "\r\nServer: tripcurve";
  if (!must_not_have_content(head.status)) {
    out += "\r\nContent-Type: ";
    out += head.type;
    if (head.length) {
      out += "\r\nContent-Length: ";
      append_number(out, *head.length);
    }
    if (head.chunked) {
      out += "\r\nTransfer-Encoding: chunked";
    }
  }
  if (head.connection != ConnectionHeader::none) {
    out += head.connection == ConnectionHeader::close ? "\r\nConnection: close"
                                                      : "\r\nConnection: keep-alive";
  }
  if (head.ordinal) {
    out += "\r\nX-Tripcurve-Request: ";
    append_number(out, *head.ordinal);
  }
  out += "\r\n";
  out += head.fields;
  out += "\r\n";
}

void append_response(std::string& out, const Response& response) {
  const bool empty = must_not_have_content(response.status) || response.status == 205;
  append_head(out, {.status = response.status,
                    .length = empty ? 0 : response.text.size() + 1,
                    .connection = response.connection,
                    .ordinal = response.ordinal});
  if (!empty && !response.to_head) {
    out += response.text;
    out += '\n';
  }
}

void append_chunk(std::string& out, std::string_view piece) {
  if (!piece.empty()) {
    fmt::format_to(std::back_inserter(out), "{:x}\r\n{}\r\n", piece.size(), piece);
  }
}

}  // namespace tripcurve::net
