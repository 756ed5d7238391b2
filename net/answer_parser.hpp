// Reads HTTP answers as they arrive: where each ends, its status, and whether the connection may be
// used again. Unless somebody wants its parts, interim answers (1xx), fields and bodies go by
// unread, and nothing is allocated but for a status line without a space at its end.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http.hpp"

#include "net/error_events.hpp"

namespace tripcurve::net {

// What an answer says, for whoever passes it on.
struct AnswerParts {
  std::string reason;
  std::vector<Header> fields;
  std::string body;  // added to; whoever passes it on takes it out
};

class AnswerParser {
 public:
  // So many bytes of a head, or of a chunk's header, that wait for its end are too many. Never show
  // more than these at once.
  static constexpr std::size_t waiting_limit = std::size_t{64} * 1024;

  enum class Progress : std::uint8_t { needs_bytes, complete, bad };

  struct Step {
    Progress progress;
    std::size_t used;  // leading bytes that were consumed; show the others again, with more
  };

  // Expects a new answer; one to HEAD ends with its head. With `parts`, which must outlive it,
  // interim answers are complete ones, too.
  void start(bool to_head = false, AnswerParts* parts = nullptr, bool looks_for_errors = false) {
    to_head_ = to_head;
    parts_ = parts;
    looks_for_errors_ = looks_for_errors;
    begun_ = false;
    answer_.emplace(to_head_, parts_, looks_for_errors_);
  }

  // Reads on in `bytes`. Not to be called again after complete or bad, before the next start().
  [[nodiscard]] Step take(std::string_view bytes);

  // The connection has ended: whether that completes the answer.
  [[nodiscard]] bool completed_by_end();

  // The status of the answer once its head is complete; 0 before.
  [[nodiscard]] std::uint16_t head_status() const {
    return answer_->is_header_done() ? answer_->status() : 0;
  }

  // Only of a head that is complete.
  [[nodiscard]] bool is_chunked() const { return answer_->chunked(); }
  // How many bytes its Content-Length says; none: it says nothing.
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  // It ends with the connection.
  [[nodiscard]] bool needs_end() const { return answer_->need_eof(); }
  // It is a stream of events, and one of those that have come says that it has failed. Only for
  // who looks for them.
  [[nodiscard]] bool has_error_event() const { return answer_->has_error_event(); }

  // Only of a complete answer.
  [[nodiscard]] std::uint16_t status() const { return answer_->status(); }
  [[nodiscard]] bool keep_alive() const { return answer_->keep_alive(); }

 private:
  // One answer, interim or not; Beast does not let a parser be used again.
  class Answer final : public boost::beast::http::basic_parser<false> {
   public:
    Answer(bool to_head, AnswerParts* parts, bool looks_for_errors);
    [[nodiscard]] std::uint16_t status() const { return status_; }
    [[nodiscard]] bool has_error_event() const { return errors_ && errors_->found(); }

   private:
    using Code = boost::beast::error_code;
    using View = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb, View, View, int, Code&) override {}
    void on_response_impl(int status, View reason, int, Code& error) override;
    void on_field_impl(boost::beast::http::field field, View name, View value, Code&) override {
      if (parts_ != nullptr) {
        keep(name, value);
      }
      if (looks_for_errors_) {
        look_at(field, value);
      }
    }
    void on_header_impl(Code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
    std::size_t on_body_impl(View body, Code&) override {
      if (parts_ != nullptr) {
        parts_->body.append(body.data(), body.size());
      }
      if (errors_) {
        errors_->take({body.data(), body.size()});
      }
      return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, View, Code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View body, Code& error) override {
      return on_body_impl(body, error);
    }
    void on_finish_impl(Code&) override {}

    void keep(View name, View value);
    void look_at(boost::beast::http::field name, View value);

    AnswerParts* parts_;
    std::uint16_t status_ = 0;
    bool looks_for_errors_;
    std::optional<ErrorEvents> errors_;  // of a stream of events
  };

  // Shows the parser an answer whose status line lacks the space after the status as if it had it.
  std::size_t put_with_space(std::string_view bytes, boost::beast::error_code& code);

  bool to_head_ = false;
  AnswerParts* parts_ = nullptr;
  bool looks_for_errors_ = false;
  bool begun_ = false;  // the status line is read
  std::optional<Answer> answer_;
};

}  // namespace tripcurve::net
