// A connection, and what has come in by it that nobody has taken yet.
//
// It is read ahead of whoever wants the bytes, as far as there is room, so that an end is noticed
// when it happens. Lives on one thread, that of its socket's executor.
#pragma once

#include <utility>  // which Boost 1.74's coroutines need

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string_view>
#include <vector>

#include "net/stream.hpp"

namespace tripcurve::net {

// What coroutines of one thread wait for, until it is called.
class WakeUp {
 public:
  [[nodiscard]] boost::asio::awaitable<void> wait() {
    return boost::asio::async_initiate<Token, void()>(
        [this](Waiting&& waiting) { waiting_.push_back(std::move(waiting)); },
        boost::asio::use_awaitable);
  }
  [[nodiscard]] bool is_awaited() const { return !waiting_.empty(); }
  void call() {
    for (auto& waiting : std::exchange(waiting_, {})) {
      std::move(waiting)();
    }
  }

 private:
  using Token = const boost::asio::use_awaitable_t<>;
  using Waiting = boost::asio::async_result<boost::asio::use_awaitable_t<>, void()>::handler_type;

  std::list<Waiting> waiting_;
};

class Intake : public std::enable_shared_from_this<Intake> {
 public:
  using Code = boost::system::error_code;

  // Keeps at most `limit` bytes.
  Intake(Stream::Socket socket, std::size_t limit, std::size_t at_once)
      : stream(std::move(socket)), piece(at_once), limit_(limit) {}

  // Reads on until something comes; then somebody has to ask again. Held by what is under way.
  void read_on();
  // Does that, and waits until more has come, or the end has.
  [[nodiscard]] boost::asio::awaitable<void> more();

  [[nodiscard]] std::string_view bytes() const { return {kept_.data() + begin_, end_ - begin_}; }
  void take(std::size_t count);
  void drop() { take(end_ - begin_); }

  // Nothing more comes, and why: eof for an end that was told.
  [[nodiscard]] bool has_ended() const { return error_.failed(); }
  [[nodiscard]] const Code& end() const { return error_; }

  Stream stream;
  std::size_t piece;  // what is read at once, at most
  // Told of an end that nobody waits for; may be empty.
  std::function<void()> on_end;

 private:
  // Makes room behind what is kept; how much.
  std::size_t make_room();

  const std::size_t limit_;
  std::vector<char> kept_;  // from begin_ to end_; what is read goes behind that
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  WakeUp came_;
  bool reading_ = false;
  Code error_;
};

}  // namespace tripcurve::net
