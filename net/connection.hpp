// One keep-alive connection to the upstream, plain or with TLS, over which one call at a time is
// made.
//
// A read is always pending, also while nothing is asked, so that a close by the upstream is noticed
// when it happens. Lives on one thread, that of its io_context.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/call_end.hpp"
#include "load/engine.hpp"
#include "net/answer_parser.hpp"
#include "net/requests.hpp"

namespace tripcurve::net {

// Where a connection goes, and what it speaks there.
struct Destination {
  boost::asio::ip::tcp::endpoint endpoint;
  // Of TLS with the server that has the name or address `host`; none: plain HTTP.
  std::shared_ptr<boost::asio::ssl::context> tls{};
  std::string host{};
};

// Can stand in one list of its owner's; closing takes it out.
class Connection : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  class Owner {
   public:
    // Connected ahead of any call, and idle.
    virtual void ready(Connection& connection) = 0;

    // The call in `slot` goes out over its connection now; the head of its answer is there, and the
    // rest is still to come.
    virtual void connected(std::uint32_t slot) = 0;
    virtual void answering(std::uint32_t slot, std::uint16_t status) = 0;
    // More of the rest is there, but not all.
    virtual void progressed(std::uint32_t slot) = 0;

    // The call in `slot` is over. The connection is idle and may be given the next call at once, or
    // it is closed.
    virtual void ended(Connection& connection, std::uint32_t slot, CallEnd end) = 0;

    // Closed, and the last pending operation is through: it may be opened again.
    virtual void vacated(Connection& connection) = 0;

   protected:
    ~Owner() = default;
  };

  // Closed at first. The others must outlive it.
  Connection(boost::asio::io_context& io, const Destination& destination, Requests& requests,
             Owner& owner)
      : socket_(io), destination_(destination), requests_(requests), owner_(owner) {}

  // Connects, and sends `call`, if there is one, as soon as that is done. For one that is new or
  // vacated. Throws std::system_error when this machine, not the upstream, has no connection left
  // to give.
  void open(const std::optional<load::Attempt>& call);

  // Sends `call` at once. For an idle one.
  void send(const load::Attempt& call);

  // Closes the socket; nobody is told how the call on it ended. For one that is not closed.
  void close();

  // The same for one that has a call, whose time is over: how far it had come.
  [[nodiscard]] CallEnd give_up();

  [[nodiscard]] bool is_idle() const { return state_ == State::idle; }
  [[nodiscard]] bool is_closed() const { return state_ == State::closed; }

 private:
  using ErrorCode = boost::system::error_code;

  enum class State : std::uint8_t { closed, connecting, idle, busy };

  // Calls `done` when an operation completes. Until that call returns the operation counts as
  // pending, so the connection is not opened anew under the feet of its own handler.
  template <void (Connection::*done)(ErrorCode, std::size_t)>
  struct Handler {
    Connection* connection;

    void operator()(const ErrorCode& error, std::size_t bytes = 0) const {
      (connection->*done)(error, bytes);
      connection->operation_through();
    }
  };
  template <void (Connection::*done)(ErrorCode, std::size_t)>
  [[nodiscard]] Handler<done> then() {
    ++pending_;
    return {this};
  }
  void operation_through();

  void connected(ErrorCode error, std::size_t);
  void handshaken(ErrorCode error, std::size_t);
  void begin();
  void write();
  void write_slowly(std::string_view bytes);
  void written(ErrorCode error, std::size_t);
  void read();
  void received(ErrorCode error, std::size_t bytes);
  void parse();
  void tell_progress();
  void answered(bool reusable);
  void fail(CallEnd::Kind kind) { fail(end_by(kind)); }
  void fail(CallEnd end);
  [[nodiscard]] CallEnd end_by(CallEnd::Kind kind) const;

  // Executor by its own type: the type-erased one costs a virtual call for each operation.
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;

  Socket socket_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;  // over socket_; new with each opening
  const Destination& destination_;
  Requests& requests_;
  Owner& owner_;
  State state_ = State::closed;
  std::uint32_t pending_ = 0;          // operations whose handler has not returned
  std::optional<load::Attempt> call_;  // while busy, and while connecting for one
  AnswerParser answer_;                // to call_
  bool head_told_ = false;             // of answer_
  std::string unsent_;                 // of the request; plain, only what was not taken at once
  std::size_t filled_ = 0;             // bytes of buffer_ that the parser has yet to take
  // Pages are touched only by answers that need them.
  std::array<char, AnswerParser::waiting_limit> buffer_;
};

}  // namespace tripcurve::net
