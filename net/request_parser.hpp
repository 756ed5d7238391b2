// Reads one HTTP/1.x request, as far as the fake upstream cares: what it asks for, how to answer
// it, under which ordinal, and with which breaker's leave it was sent. The body is checked and
// dropped, unless somebody passes it on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/beast/http/basic_parser.hpp>

#include "core/http.hpp"
#include "load/breaker_bank.hpp"

namespace tripcurve::net {

// What a request asks for.
struct RequestHead {
  std::string method;
  std::string path;
  std::vector<Header> headers;
};

// By whose leave a request comes: of which run (Target::run), and there of which breaker.
struct Pass {
  std::uint64_t run = 0;
  load::Leave leave{};
  friend bool operator==(const Pass&, const Pass&) = default;
};

// Why a request is not one: the answer's status (400, 413 or 431) and its text.
struct Refusal {
  std::uint16_t status = 400;
  std::string reason;
};

class RequestParser final : private boost::beast::http::basic_parser<true> {
 public:
  // The request line and all header fields together; also the most that take() must be shown at
  // once.
  static constexpr std::size_t head_limit = 16 * 1024;

  enum class Progress : std::uint8_t { needs_bytes, complete, refused };

  struct Step {
    Progress progress;
    std::size_t used;  // leading bytes that were consumed; show the others again, with more
  };

  enum class Headers : std::uint8_t { drop, keep };

  // Writes into `head`, which must outlive the parser, what is asked for.
  RequestParser(RequestHead& head, Headers headers, std::uint64_t body_limit);

  // Before it has taken any byte.
  void set(Headers headers) { keeps_headers_ = headers == Headers::keep; }

  // The bytes of the body are added to `body`, which must outlive the parser.
  void pass_body_to(std::string& body) { passed_body_ = &body; }

  // Reads on in `bytes`. Not to be called again after complete or refused.
  [[nodiscard]] Step take(std::string_view bytes);

  // Only after `refused`.
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

  // True once, when the client holds the body back until it is told to go on.
  [[nodiscard]] bool take_expectation();

  // The head is read, and what the rest says is known.
  using basic_parser::is_header_done;
  // Only then. The length is that which the head tells.
  using basic_parser::chunked;
  using basic_parser::content_length;
  // All is read.
  using basic_parser::is_done;

  // Only after the head.
  [[nodiscard]] std::optional<std::uint64_t> ordinal() const { return ordinal_; }
  [[nodiscard]] const std::optional<Pass>& pass() const { return pass_; }
  [[nodiscard]] bool is_head() const { return head_.method == "HEAD"; }
  [[nodiscard]] bool is_http_1_0() const { return is_http_1_0_; }
  using basic_parser::keep_alive;

 private:
  using Code = boost::beast::error_code;
  using View = boost::beast::string_view;
  using Field = boost::beast::http::field;

  void on_request_impl(boost::beast::http::verb method, View method_text, View target, int version,
                       Code& error) override;
  void on_response_impl(int, View, int, Code&) override {}
  void on_field_impl(Field field, View name, View value, Code& error) override;
  void on_header_impl(Code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(View body, Code&) override {
    if (passed_body_ != nullptr) {
      passed_body_->append(body.data(), body.size());
    }
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View body, Code& error) override {
    return on_body_impl(body, error);
  }
  void on_finish_impl(Code&) override {}

  void read_ordinal(View value, Code& error);
  void read_pass(View value, Code& error);
  Step refuse(const Code& error, std::size_t used);

  RequestHead& head_;
  bool keeps_headers_;
  std::string* passed_body_ = nullptr;
  std::size_t head_size_ = 0;
  std::optional<std::uint64_t> ordinal_;
  std::optional<Pass> pass_;
  bool is_http_1_0_ = false;
  bool expects_continue_ = false;
  bool has_transfer_encoding_ = false;
  Refusal refusal_;
};

}  // namespace tripcurve::net
