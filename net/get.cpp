#include "net/get.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Code = beast::error_code;

// What is asked for is read by people or small parsers.
constexpr std::uint64_t longest_body = std::uint64_t{16} << 20U;

// One exchange; ended when `outcome` is there.
class Exchange {
 public:
  Exchange(const Target& target, const Question& question) : stream_(io_) {
    request_.method_string(question.method);
    request_.target(target.path);
    request_.version(11);
    request_.set(http::field::host, target.authority());
    request_.set(http::field::connection, "close");
    if (!question.authorization.empty()) {
      request_.set(http::field::authorization, question.authorization);
    }
    if (!question.body.empty()) {
      request_.set(http::field::content_type, "application/json");
      request_.body() = question.body;
      request_.prepare_payload();
    }
    parser_.body_limit(longest_body);
    for (const auto& address : target.addresses) {
      endpoints_.emplace_back(asio::ip::make_address(address), target.port);
    }
  }

  Result<Answer> run(Duration longest) {
    stream_.async_connect(endpoints_, [this](const Code& error, const auto&) {
      if (!over(error)) {
        write();
      }
    });
    io_.run_for(longest);
    if (!outcome_) {
      return Error{"no answer in time", {}};
    }
    if (*outcome_) {
      return Error{outcome_->message(), {}};
    }
    auto& message = parser_.get();
    return Answer{static_cast<std::uint16_t>(message.result_int()), std::move(message.body())};
  }

 private:
  bool over(const Code& error) {
    if (error) {
      outcome_ = error;
    }
    return outcome_.has_value();
  }

  void write() {
    http::async_write(stream_, request_, [this](const Code& error, std::size_t) {
      if (!over(error)) {
        http::async_read(stream_, buffer_, parser_,
                         [this](const Code& ended, std::size_t) { outcome_ = ended; });
      }
    });
  }

  asio::io_context io_;
  beast::tcp_stream stream_;
  std::vector<asio::ip::tcp::endpoint> endpoints_;
  http::request<http::string_body> request_;
  http::response_parser<http::string_body> parser_;
  beast::flat_buffer buffer_;
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
