#include "net/get.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include <boost/beast/http/read.hpp>

#include "net/lone_request.hpp"

namespace tripcurve::net {
namespace {

namespace http = boost::beast::http;

// What is asked for is read by people or small parsers.
constexpr std::uint64_t longest_body = std::uint64_t{16} << 20U;

// One exchange; ended when `outcome` is there.
class Exchange {
 public:
  Exchange(const Target& target, const Question& question) : asked_(target) {
    auto& request = asked_.request;
    request.method_string(question.method);
    request.set(http::field::connection, "close");
    if (!question.authorization.empty()) {
      request.set(http::field::authorization, question.authorization);
    }
    if (!question.body.empty()) {
      request.set(http::field::content_type, "application/json");
      request.body() = question.body;
      request.prepare_payload();
    }
    asked_.answer.body_limit(longest_body);
  }

  Result<Answer> run(Duration longest) {
    asked_.send([this](const Code& error) {
      if (error) {
        outcome_ = error;
        return;
      }
      http::async_read(asked_.stream, asked_.buffer, asked_.answer,
                       [this](const Code& ended, std::size_t) { outcome_ = ended; });
    });
    asked_.io.run_for(longest);
    if (!outcome_) {
      return Error{"no answer in time", {}};
    }
    if (*outcome_) {
      return Error{outcome_->message(), {}};
    }
    auto& message = asked_.answer.get();
    return Answer{static_cast<std::uint16_t>(message.result_int()), std::move(message.body())};
  }

 private:
  using Code = LoneRequest::Code;

  LoneRequest asked_;
  std::optional<Code> outcome_;
};

}  // namespace

Result<Answer> ask(Target target, const Question& question, Duration longest) {
  if (target.addresses.empty()) {
    if (const auto error = resolve(target)) {
      return Error{"cannot resolve '" + target.host + "': " + error.message(), {}};
    }
  }
  return Exchange(target, question).run(longest);
}

Result<Answer> get(Target target, Duration longest) { return ask(std::move(target), {}, longest); }

}  // namespace tripcurve::net
