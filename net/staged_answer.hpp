// An answer that is delivered in steps, as bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "faults/fault.hpp"
#include "net/body_source.hpp"
#include "net/response.hpp"

namespace tripcurve::net {

// What is delivered: the answer as it would be if nothing was done to it.
struct Origin {
  std::optional<std::uint64_t> size{};  // of its body; none: nobody knows before the end
  std::unique_ptr<BodySource> body{};
  faults::Delivery::Framing framing = faults::Delivery::Framing::length;
  // Appends its head as that of a body that is framed so.
  std::function<void(std::string& out, faults::Delivery::Framing framing,
                     ConnectionHeader connection)>
      append_head{};
};

class StagedAnswer {
 public:
  // What the request has to do with its answer.
  struct Request {
    std::uint64_t ordinal = 0;
    ConnectionHeader connection = ConnectionHeader::none;
    bool to_head = false;      // the head only
    bool is_http_1_0 = false;  // which knows no chunks
  };

  // An answer of tripcurve's own.
  StagedAnswer(std::shared_ptr<const faults::Course> course, const Request& request);
  // One that somebody else has given.
  StagedAnswer(std::shared_ptr<const faults::Course> course, const Request& request, Origin origin);

  [[nodiscard]] const faults::Delivery& delivery() const { return course_->delivery; }

  // The step that is due next, until it is done.
  [[nodiscard]] const faults::Step& step() const { return step_; }

  enum class Progress : std::uint8_t {
    done,   // step() is the next one
    later,  // its bytes are not there yet; do it again when they are
  };
  // Appends the bytes of the step. For any but Part::end.
  Progress do_step(std::string& out);

  // Appends what ends the body, if it is whole and needs an end.
  void finish(std::string& out) const;

  // The end of the connection is that of the body, so that it cannot stay.
  [[nodiscard]] bool ends_with_connection() const {
    return framing() == faults::Delivery::Framing::until_close;
  }

 private:
  void append_head(std::string& out) const;
  Progress measure();
  Progress append_body(std::string& out);
  void append_events(std::string& out) const;
  void append_piece(std::string_view piece, std::string& out) const;
  void append_flood(std::string& out) const;
  void append_noise(std::string& out) const;
  [[nodiscard]] faults::Delivery::Framing framing() const;

  std::shared_ptr<const faults::Course> course_;
  Request request_;
  Origin origin_;
  faults::Steps steps_;
  faults::Step step_;
  std::uint64_t read_ = 0;  // of the body
  std::string piece_;       // of the body
  std::string head_;        // what is left of it
};

}  // namespace tripcurve::net
