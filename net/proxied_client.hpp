// One client of a proxy, whatever is behind it: its requests are read, and it gets tripcurve's own
// answers and endings.
//
// Lives on one thread, that of its socket's executor. The coroutine that serves the client holds
// it.
#pragma once

#include <utility>  // which Boost 1.74's coroutines need

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "faults/fault.hpp"
#include "faults/opening.hpp"
#include "net/relay.hpp"
#include "net/request_parser.hpp"
#include "net/response.hpp"
#include "net/stream.hpp"
#include "net/upstream_session.hpp"

namespace tripcurve::net {

class ProxiedClient : public std::enable_shared_from_this<ProxiedClient> {
 public:
  // `number` is that of the connection. The others must outlive it.
  ProxiedClient(boost::asio::ip::tcp::socket client, std::uint64_t number, Service& service,
                ThreadCounts& counts);
  virtual ~ProxiedClient();
  ProxiedClient(const ProxiedClient&) = delete;
  ProxiedClient& operator=(const ProxiedClient&) = delete;

  // Cuts it off, soon but not within this call.
  virtual void close();
  // The same, unless it has a request under way.
  void close_if_idle();

 protected:
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;
  using Code = boost::system::error_code;

  // Opens the connection like that; whether requests may come by it.
  [[nodiscard]] Awaitable<bool> open(const faults::Opening& opening);

  // Reads the head of the next request into `head_`, `request_` and what is said of it; false when
  // none comes that could be answered.
  [[nodiscard]] Awaitable<bool> read_request();
  [[nodiscard]] Passage passage() const;
  // As the injector sees it.
  [[nodiscard]] faults::Request asked() const;

  // An answer that is not the service's. Whether another request may follow.
  [[nodiscard]] Awaitable<bool> answer(std::uint16_t status, const std::string& text);
  // One of tripcurve's own that breaks, or takes its time. Likewise.
  [[nodiscard]] Awaitable<bool> deliver(std::shared_ptr<const faults::Course> course);

  // Resets the connection when this ends, once the client has what was sent before.
  [[nodiscard]] Awaitable<void> reset();
  // Says that nothing follows, and gives the client a moment to take what was sent.
  [[nodiscard]] Awaitable<void> finish();
  [[nodiscard]] Awaitable<void> wait_for_leaving();

  [[nodiscard]] bool to_head() const {
    return request_->get().method() == boost::beast::http::verb::head;
  }

  Stream client_;
  boost::asio::steady_timer timer_;
  Service& service_;
  ThreadCounts& counts_;
  boost::beast::flat_buffer buffer_{RequestParser::head_limit};  // from the client
  bool closed_ = false;

  // Of the request that was read last.
  RequestHead head_;
  std::optional<BodyParser<true>> request_;
  std::uint64_t ordinal_ = 0;
  bool wanted_keep_ = false;  // the client wants to keep its connection
  bool is_1_0_ = false;
  bool sending_ = false;  // its body is under way to the service

 private:
  [[nodiscard]] Awaitable<std::size_t> read_head();
  [[nodiscard]] Awaitable<void> refuse(const Refusal& refusal);
  [[nodiscard]] Awaitable<void> write(std::string& bytes, Code& error);
  [[nodiscard]] Awaitable<bool> end_as(const faults::Delivery& delivery, bool stays);
  // The connection dies when no request has come by then.
  void expire_after(Duration idle);
  [[nodiscard]] ConnectionHeader connection_header(bool stays) const;

  std::uint64_t number_;
  boost::asio::ip::tcp::endpoint from_;
  std::optional<Pass> pass_;  // that it brought
  bool waiting_ = false;      // for a request
};

}  // namespace tripcurve::net
