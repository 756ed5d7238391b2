#include "net/passed_heads.hpp"

#include <algorithm>
#include <cstdint>

namespace tripcurve::net {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  append(out, {name, ": ", value, "\r\n"});
}

void append_number_field(std::string& out, std::string_view name, std::uint64_t value) {
  append(out, {name, ": "});
  append_number(out, value);
  append(out, {"\r\n"});
}

void append_upgrade(std::string& out, const HopByHop& hops) {
  if (hops.is_upgrade()) {
    append_field(out, "Connection", "upgrade");
  }
}

}  // namespace

void append_request_head(std::string& out, const RequestHead& head, const HopByHop& hops,
                         const RequestParser& parser, std::string_view authority) {
  append(out, {head.method, " ", head.path, " HTTP/1.1\r\n"});
  append_field(out, "Host", authority);
  const auto host = std::ranges::find_if(
      head.headers, [](const Header& field) { return is_field(field, "Host"); });
  const bool had_host = host != head.headers.end();
  for (const auto& field : head.headers) {
    const bool is_told_anew = is_field(field, "Host") || is_field(field, "Content-Length") ||
                              (had_host && is_field(field, "X-Forwarded-Host"));
    if (!is_told_anew && !hops.holds(field)) {
      append_field(out, field.name, field.value);
    }
  }
  if (had_host) {
    append_field(out, "X-Forwarded-Host", host->value);
  }
  if (const auto length = parser.content_length()) {
    append_number_field(out, "Content-Length", *length);
  }
  append_field(out, "Via", parser.is_http_1_0() ? "1.0 tripcurve" : "1.1 tripcurve");
  append_upgrade(out, hops);
  append(out, {"\r\n"});
}

void append_answer_head(std::string& out, const PassedAnswer& answer) {
  const auto& fields = answer.parts.fields;
  const HopByHop hops(fields);
  append(out, {"HTTP/1.1 "});
  append_number(out, answer.status);
  append(out, {" ", answer.parts.reason, "\r\n"});
  const bool is_reframed = answer.body != PassedAnswer::Body::as_it_comes;
  for (const auto& field : fields) {
    const bool is_told_anew = is_field(field, "X-Tripcurve-Request") ||
                              (is_reframed && (is_field(field, "Transfer-Encoding") ||
                                               is_field(field, "Content-Length")));
    if (!is_told_anew && !hops.holds(field)) {
      append_field(out, field.name, field.value);
    }
  }
  if (answer.body == PassedAnswer::Body::chunked) {
    append_field(out, "Transfer-Encoding", "chunked");
  }
  append_field(out, "Via", "1.1 tripcurve");
  append_number_field(out, "X-Tripcurve-Request", answer.ordinal);
  append_upgrade(out, hops);
  if (answer.connection != ConnectionHeader::none) {
    append_field(out, "Connection",
                 answer.connection == ConnectionHeader::close ? "close" : "keep-alive");
  }
  append(out, {"\r\n"});
}

}  // namespace tripcurve::net
