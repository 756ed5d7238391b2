// Reads an HTTP answer as it arrives: where it ends, its status, and whether the connection may be
// used again. Fields and body go by unread, and nothing is allocated.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace tripcurve::net {

class Answer final : public boost::beast::http::basic_parser<false> {
 public:
  // A status line and fields of more than `head_limit` bytes are refused.
  explicit Answer(std::uint32_t head_limit) {
    eager(true);
    header_limit(head_limit);
    // Not boost::none: Beast 1.74 then refuses every answer with a Content-Length.
    body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  // Fewer bytes than this must not be put. Beast 1.74 asserts that it never sees less than the
  // shortest end of a chunked body, "0\r\n\r\n", and nothing shorter could end one anyway.
  [[nodiscard]] std::size_t least_bytes() const { return is_header_done() && chunked() ? 5 : 1; }

  // Known once is_header_done().
  [[nodiscard]] std::uint16_t status() const { return status_; }

  // A 1xx: the answer proper is still to come.
  [[nodiscard]] bool is_interim() const { return status_ < 200; }

 private:
  using ErrorCode = boost::beast::error_code;
  using View = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, View, View, int, ErrorCode&) override {}
  void on_response_impl(int status, View, int, ErrorCode& error) override {
    status_ = static_cast<std::uint16_t>(status);
    if (status < 100) {
      error = boost::beast::http::error::bad_status;
    }
  }
  void on_field_impl(boost::beast::http::field, View, View, ErrorCode&) override {}
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(View body, ErrorCode&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View body, ErrorCode&) override {
    return body.size();
  }
  void on_finish_impl(ErrorCode&) override {}

  std::uint16_t status_ = 0;
};

}  // namespace tripcurve::net
