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
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "faults/fault.hpp"
#include "faults/opening.hpp"
#include "net/intake.hpp"
#include "net/relay.hpp"
#include "net/request_parser.hpp"
#include "net/response.hpp"
#include "net/service.hpp"
#include "net/staged_answer.hpp"

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

  // Reads the head of the next request, and what has come with it; false when none comes that could
  // be answered.
  [[nodiscard]] Awaitable<bool> read_request();
  [[nodiscard]] Passage passage() const;
  // As the injector sees it.
  [[nodiscard]] faults::Request asked() const;

  // An answer that is not the service's. Whether another request may follow.
  [[nodiscard]] Awaitable<bool> answer(std::uint16_t status, const std::string& text);
  // One of tripcurve's own that breaks, or takes its time. Likewise.
  [[nodiscard]] Awaitable<bool> deliver(std::shared_ptr<const faults::Course> course);
  // The steps of an answer up to its ending. False: the client has left, or what it is made of has
  // broken off.
  [[nodiscard]] Awaitable<bool> deliver(StagedAnswer& staged);
  // Waits for more of the body that is delivered, where that is not all there. Here, of a tunnel.
  [[nodiscard]] virtual Awaitable<void> more_of_body(Code& error);
  // Ends the connection as the delivery says. Whether another request may follow, if it `stays`.
  [[nodiscard]] Awaitable<bool> end_as(const faults::Delivery& delivery, bool stays);
  // What a delivered answer has to do with the request, whose connection stays or not.
  [[nodiscard]] StagedAnswer::Request request_for(bool stays) const;

  // Resets the connection when this ends, once the client has what was sent before.
  [[nodiscard]] Awaitable<void> reset();
  // Says that nothing follows, and gives the client a moment to take what was sent.
  [[nodiscard]] Awaitable<void> finish();
  // Drops what the client still sends until it has left.
  [[nodiscard]] Awaitable<void> wait_for_leaving();

  // The connection is another protocol's now: sends the head of the answer, and passes bytes on
  // both ways until both sides have ended. `course` is what is done to those of the service; null:
  // nothing.
  [[nodiscard]] Awaitable<void> tunnel(std::shared_ptr<Intake> service, std::string head,
                                       std::shared_ptr<const faults::Course> course);
  [[nodiscard]] bool is_tunnel() const { return behind_ != nullptr; }

  // Reads in what has come, not beyond the request; false: that is no request.
  [[nodiscard]] bool read_on_in_request();
  // As an answer says whether the connection stays.
  [[nodiscard]] ConnectionHeader connection_header(bool stays) const;
  // Sends it to the client.
  [[nodiscard]] Awaitable<void> write(std::string& bytes, Code& error);

  std::shared_ptr<Intake> client_;
  boost::asio::steady_timer timer_;
  Service& service_;
  ThreadCounts& counts_;
  bool closed_ = false;

  // Of the request that was read last.
  RequestHead head_;
  std::optional<RequestParser> request_;
  std::string body_;  // what has come of it and was not passed on
  std::uint64_t ordinal_ = 0;
  bool wanted_keep_ = false;  // the client wants to keep its connection
  bool sending_ = false;      // its body is under way to the service

 private:
  void expect_request();
  void note_request();
  [[nodiscard]] Awaitable<void> refuse(const Refusal& refusal);
  // The connection dies when no request has come by then.
  void expire_after(Duration idle);
  // Of a tunnel: what the client sends, and what comes to it, plainly or as `course` says.
  [[nodiscard]] Awaitable<void> pass_up();
  [[nodiscard]] Awaitable<void> pass_down(std::string head);
  [[nodiscard]] Awaitable<void> deliver_bytes(std::string head,
                                              std::shared_ptr<const faults::Course> course);

  std::uint64_t number_;
  boost::asio::ip::tcp::endpoint from_;
  bool waiting_ = false;  // for a request of which nothing has come

  // Of a tunnel.
  std::shared_ptr<Intake> behind_;  // the service
  bool is_cut_off_ = false;         // from the service
  bool up_ended_ = false;           // pass_up()
  WakeUp up_end_;
};

}  // namespace tripcurve::net
