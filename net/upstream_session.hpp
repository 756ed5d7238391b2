// One connection of the fake upstream: reads requests, lets the injector decide, does what it says.
//
// Everything here runs on the thread that serves the connection.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "faults/injector.hpp"
#include "net/request_parser.hpp"
#include "net/service.hpp"
#include "net/staged_answer.hpp"
#include "net/step_timer.hpp"
#include "net/stream.hpp"

namespace tripcurve::net {

// Lives in a list that it erases itself from: when it is closed and its last pending operation has
// reported, so that no handler ever finds its session gone.
class Session {
 public:
  Session(boost::asio::ip::tcp::socket socket, Service& service, ThreadCounts& counts,
          std::list<Session>& home);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // `self` is the place of this session in its home, and `number` that of its connection.
  void start(std::list<Session>::iterator self, const faults::Opening& opening = {},
             std::uint64_t number = 0);

  // The session goes away by itself, soon but not within this call.
  void close();
  // The same, unless somebody has a request under way.
  void close_if_idle();

  // Answers the request that the inbox has been given.
  void answer_with(std::uint16_t status);
  // Does that to it instead.
  void answer_with(const faults::Treatment& treatment);

  // The body that is delivered has more to say.
  void body_is_ready();

  // Whatever the inbox knows the request by.
  std::uint32_t ticket = 0;

 private:
  enum class State : std::uint8_t {
    parsing,     // takes requests from the buffer
    asked,       // a request waits for the inbox to answer it
    delayed,     // a request is decided, its delay runs
    due,         // a request is decided, its delay is over
    delivering,  // its answer goes out step by step
    pacing,      // the next of these steps is due later
    waiting,     // the next of these steps has no bytes yet
    hanging,     // waits for the client to leave
    finishing,   // sends what is left to send, and ends the connection
    resetting,   // everything is sent, but has not arrived yet
    draining,    // has sent its FIN, waits for the client's
  };

  template <typename Then>
  [[nodiscard]] auto counted(Then then);

  void expect_request();
  void advance();
  bool step();
  bool take_request();
  void decide();
  void act(const faults::Treatment& treatment, TimePoint now);
  void be_due_at(TimePoint when);
  [[nodiscard]] Passage passage() const;
  [[nodiscard]] bool keeps() const { return parser_->keep_alive() && !is_last_; }
  void carry_out();
  void answer();
  [[nodiscard]] ConnectionHeader connection_header() const;
  void begin_delivery();
  bool deliver();
  bool wait_for_step();
  bool end_delivery();
  void expect_next(bool stays);
  void expire_after(Duration idle);
  void refuse();
  void flush();
  void finish();
  void reset();
  void keep_reading();
  void client_ended();

  std::string peer_;  // the address of the other side, where somebody is told of arrivals
  Stream stream_;
  boost::asio::ip::tcp::endpoint from_;
  std::uint64_t number_ = 0;         // of the connection
  boost::asio::steady_timer timer_;  // of the state; while parsing, until the connection expires
  Service& service_;
  Visit visit_;
  ThreadCounts& counts_;
  std::list<Session>& home_;
  std::list<Session>::iterator self_;

  State state_ = State::parsing;
  bool reading_ = false;
  bool has_begun_ = false;     // of a request, something has come
  bool is_last_ = false;       // connections are for one request each now
  bool stepping_ = false;      // within advance(), which will go on by itself
  bool client_ended_ = false;  // it sends no more; what it asked for it may still wait for
  bool writing_ = false;
  unsigned pending_ = 0;  // handlers under way

  RequestHead head_;  // of the request that parser_ reads
  std::optional<RequestParser> parser_;
  std::uint64_t ordinal_ = 0;
  faults::Treatment action_;
  std::optional<StagedAnswer> staged_;                                  // while it is delivered
  StepTimer step_timer_{TimePoint{}};                                   // of its steps
  faults::Delivery::Ending ending_ = faults::Delivery::Ending::closes;  // when it finishes
  std::chrono::steady_clock::time_point resets_until_{};
  bool expires_ = false;  // the timer ends the connection, unless a request comes before

  std::string out_;  // answers that are not sent yet, from `sent_` on
  std::size_t sent_ = 0;

  std::size_t parsed_ = 0;  // [parsed_, filled_) of the buffer is still to be parsed
  std::size_t filled_ = 0;
  std::array<char, RequestParser::head_limit> buffer_;
};

}  // namespace tripcurve::net
