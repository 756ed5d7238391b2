#include "net/answer_parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <string>

#include "core/text.hpp"

namespace tripcurve::net {
namespace {

using boost::beast::http::error;

// The shortest end of a chunked body, "0\r\n\r\n". Beast 1.74 asserts that it is never shown fewer
// bytes of a last chunk again; and as nothing shorter ends one, to wait for them is never in vain.
constexpr std::size_t least_of_chunked = 5;

constexpr std::string_view status_only = "HTTP/1.1 200";

// Whether an answer begins with a status line that ends after the status. Servers send such, and
// clients take them, though RFC 9112 (section 4) wants a space there, and Beast, too.
bool ends_after_status(std::string_view bytes) {
  return bytes.size() > status_only.size() && bytes[status_only.size()] == '\r' &&
         bytes.starts_with(status_only.substr(0, 5));
}

}  // namespace

AnswerParser::Answer::Answer(bool to_head, AnswerParts* parts, bool looks_for_errors)
    : parts_(parts), looks_for_errors_(looks_for_errors) {
  if (parts_ != nullptr) {
    parts_->reason.clear();
    parts_->fields.clear();
    parts_->body.clear();
  }
  eager(true);
  skip(to_head);
  header_limit(waiting_limit);
  // Not boost::none: Beast 1.74 then refuses every answer with a Content-Length.
  body_limit(std::numeric_limits<std::uint64_t>::max());
}

void AnswerParser::Answer::on_response_impl(int status, View reason, int, Code& code) {
  status_ = static_cast<std::uint16_t>(status);
  if (parts_ != nullptr) {
    parts_->reason.assign(reason.data(), reason.size());
  }
  if (status < 100) {
    code = error::bad_status;
  }
}

void AnswerParser::Answer::keep(View name, View value) {
  if (!is_header_done()) {  // a trailer field has no place in a head that is gone
    parts_->fields.push_back({{name.data(), name.size()}, {value.data(), value.size()}});
  }
}

void AnswerParser::Answer::look_at(boost::beast::http::field name, View value) {
  constexpr std::string_view stream_type = "text/event-stream";
  if (name == boost::beast::http::field::content_type &&
      same_word({value.data(), std::min(value.size(), stream_type.size())}, stream_type)) {
    errors_.emplace();
  }
}

AnswerParser::Step AnswerParser::take(std::string_view bytes) {
  std::size_t used = 0;
  for (;;) {
    const auto rest = bytes.substr(used);
    const bool in_chunks = answer_->is_header_done() && answer_->chunked();
    if (rest.empty() || (in_chunks && rest.size() < least_of_chunked)) {
      return {Progress::needs_bytes, used};
    }
    boost::beast::error_code code;
    const auto taken = !begun_ && ends_after_status(rest)
                           ? put_with_space(rest, code)
                           : answer_->put(boost::asio::buffer(rest.data(), rest.size()), code);
    begun_ = begun_ || taken > 0;
    used += taken;
    if (code == error::need_more && bytes.size() - used < waiting_limit) {
      return {Progress::needs_bytes, used};
    }
    if (code) {
      return {Progress::bad, used};
    }
    if (answer_->is_done()) {
      if (answer_->status() >= 200 || parts_ != nullptr) {
        return {Progress::complete, used};
      }
      start(to_head_, parts_, looks_for_errors_);
    }
  }
}

std::size_t AnswerParser::put_with_space(std::string_view bytes, boost::beast::error_code& code) {
  const auto status = bytes.substr(0, status_only.size());
  const auto rest = bytes.substr(status.size());
  const auto spaced = std::string(status) + " " + std::string(rest);
  const auto used = answer_->put(boost::asio::buffer(spaced), code);
  return used > status.size() ? used - 1 : used;
}

std::optional<std::uint64_t> AnswerParser::content_length() const {
  const auto length = answer_->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

bool AnswerParser::completed_by_end() {
  boost::beast::error_code code = error::partial_message;
  if (answer_->got_some()) {
    answer_->put_eof(code);
  }
  return !code;
}

}  // namespace tripcurve::net
