#include "net/request_parser.hpp"

#include <charconv>
#include <system_error>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include "core/text.hpp"

namespace tripcurve::net {
namespace http = boost::beast::http;
namespace {

constexpr std::string_view ordinal_header = "X-Tripcurve-Request";
constexpr std::string_view leave_header = "X-Tripcurve-Leave";

// The shortest end of a chunked body. Beast asserts that it is never shown fewer bytes of a last
// chunk again, and as no chunked body can end in fewer, waiting for them never waits in vain.
constexpr std::string_view last_chunk = "0\r\n\r\n";

// Takes a whole number off the front of `rest`, and the space after it.
template <typename Number>
bool take_number(std::string_view& rest, Number& number) {
  const auto text = take_until(rest, " ");
  const auto* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, number);
  return fault == std::errc{} && stop == end;
}

std::string_view plain(boost::beast::string_view text) { return {text.data(), text.size()}; }

// The target without scheme and authority, which a client writes that takes us for a proxy.
std::string_view path_of(std::string_view target) {
  const auto scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) {
    return target;
  }
  const auto path = target.find_first_of("/?", scheme + 3);
  return path == std::string_view::npos || target[path] == '?' ? "/" : target.substr(path);
}

}  // namespace

RequestParser::RequestParser(RequestHead& head, Headers headers, std::uint64_t limit)
    : head_(head), keeps_headers_(headers == Headers::keep) {
  head_.headers.clear();
  header_limit(head_limit);
  body_limit(limit);
}

RequestParser::Step RequestParser::take(std::string_view bytes) {
  std::size_t used = 0;
  while (!is_done()) {
    const auto rest = bytes.substr(used);
    const bool in_head = !is_header_done();
    if (rest.empty() || (!in_head && chunked() && rest.size() < last_chunk.size())) {
      return {Progress::needs_bytes, used};
    }
    Code error;
    const auto put_bytes = put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    used += put_bytes;
    if (in_head) {
      head_size_ += put_bytes;
    }
    if (error == http::error::need_more) {
      const auto waiting = rest.size() - put_bytes;
      if ((in_head ? head_size_ : 0) + waiting >= head_limit) {
        return refuse(http::error::header_limit, used);
      }
      return {Progress::needs_bytes, used};
    }
    if (error) {
      return refuse(error, used);
    }
    if (head_size_ > head_limit) {
      return refuse(http::error::header_limit, used);
    }
  }
  return {Progress::complete, used};
}

bool RequestParser::take_expectation() {
  const bool waits = expects_continue_ && is_header_done() && !is_done();
  expects_continue_ = expects_continue_ && !waits;
  return waits;
}

RequestParser::Step RequestParser::refuse(const Code& error, std::size_t used) {
  if (error == http::error::header_limit) {
    refusal_ = {431, "the header fields take more than 16 KiB"};
  } else if (error == http::error::body_limit) {
    refusal_ = {413, "the body is larger than this server reads"};
  } else if (refusal_.reason.empty()) {
    refusal_ = {400, error.message()};
  }
  return {Progress::refused, used};
}

void RequestParser::on_request_impl(http::verb, View method, View target, int version, Code&) {
  head_.method = plain(method);
  head_.path = path_of(plain(target));
  is_http_1_0_ = version == 10;
}

void RequestParser::on_field_impl(Field field, View name, View value, Code& error) {
  if (is_header_done()) {
    return;  // a trailer field says nothing about how to treat the request
  }
  if (keeps_headers_) {
    head_.headers.push_back({std::string(plain(name)), std::string(plain(value))});
  }
  if (field == Field::expect) {
    expects_continue_ = !is_http_1_0_ && boost::beast::iequals(value, "100-continue");
  } else if (field == Field::transfer_encoding) {
    has_transfer_encoding_ = true;
  } else if (field == Field::unknown &&
             boost::beast::iequals(name, {ordinal_header.data(), ordinal_header.size()})) {
    read_ordinal(value, error);
  } else if (field == Field::unknown &&
             boost::beast::iequals(name, {leave_header.data(), leave_header.size()})) {
    read_pass(value, error);
  }
}

void RequestParser::read_ordinal(View value, Code& error) {
  std::uint64_t ordinal = 0;
  auto rest = plain(value);
  if (!take_number(rest, ordinal) || !rest.empty() || ordinal_) {
    refusal_.reason = "X-Tripcurve-Request takes one whole number below 2^64";
    error = http::error::bad_value;
    return;
  }
  ordinal_ = ordinal;
}

void RequestParser::read_pass(View value, Code& error) {
  Pass pass;
  auto& leave = pass.leave;
  unsigned by_open = 0;
  auto rest = plain(value);
  if (!take_number(rest, pass.run) || !take_number(rest, leave.breaker) ||
      !take_number(rest, leave.spell) || !take_number(rest, by_open) || by_open > 1 ||
      !rest.empty() || pass_) {
    refusal_.reason =
        "X-Tripcurve-Leave takes a run, a breaker, a spell, and 1 for a trial call, else 0";
    error = http::error::bad_value;
    return;
  }
  leave.by_open = by_open == 1;
  pass_ = pass;
}

void RequestParser::on_header_impl(Code& error) {
  // Beast takes such a request for one without a body, and the body for the next request. HTTP/1.0
  // knows no chunks, and whoever stands between may not, either (RFC 9112, 6.1).
  if (has_transfer_encoding_ && (!chunked() || is_http_1_0_)) {
    error = http::error::bad_transfer_encoding;
  }
}

}  // namespace tripcurve::net
