// How an answer leaves the upstream once its delay is over: in which form, at which pace, how far,
// and what becomes of the connection then. And what a client sees of it.
//
// A Delivery is a flat value. Steps says what goes out when, and is all that both worlds know of
// it: the wire carries the steps out, and virtual time asks seen_by_client() how they end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/call_end.hpp"
#include "core/time.hpp"

namespace tripcurve::faults {

// How far an answer gets. A share and bytes count in its body; of a stream, in its events.
struct Extent {
  enum class Unit : std::uint8_t {
    nothing,  // not even the head
    head,     // the head, and nothing of the body
    share,
    bytes,
    all,
  };
  Unit unit = Unit::all;
  double share = 0;
  std::uint64_t bytes = 0;

  // Of a body of that size: never more than there is.
  [[nodiscard]] std::uint64_t in(std::uint64_t size) const;
  // "start", "head", "50%", "100B"; "end" for all.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Extent&, const Extent&) = default;
};

struct Delivery {
  enum class Form : std::uint8_t {
    sound,
    bad_head,      // a status line that is none
    bad_chunk,     // half of the body, and then a chunk whose length is no number
    garbage,       // `amount` bytes in place of an answer
    header_flood,  // a head with header fields of `amount` bytes altogether
  };
  enum class Framing : std::uint8_t {
    length,       // by Content-Length
    chunked,      // the body is a sequence of chunks
    until_close,  // the body ends with the connection
  };
  enum class Ending : std::uint8_t {
    stays,        // what the request has asked for: the connection is kept, or closed as announced
    closes,       // FIN, unannounced
    expires,      // FIN, unannounced, when no other request has come for as long as it lingers
    resets,       // RST, as soon as the client has taken what was sent before
    stalls,       // nothing more, until the client leaves
    half_closes,  // FIN, and then it listens on without ever answering
  };
  enum class Page : std::uint8_t {
    text,     // a line: "ok", "injected 503"
    html,     // as a gateway shows its errors to browsers
    problem,  // application/problem+json (RFC 9457)
    nothing,  // an empty body
  };

  Form form = Form::sound;
  Framing framing = Framing::length;
  Page page = Page::text;
  std::uint64_t amount = 0;             // for some forms
  std::optional<std::uint64_t> size{};  // of a body of filler bytes, in place of the page
  bool events = false;                  // server-sent events: `size`, slices and extent count them
  bool endless = false;                 // a body that goes on for ever
  std::string fields{};                 // further header fields, each with its CRLF

  Duration head_gap{};  // from the status line to the rest of the head
  // The pace of the body; of several, the slowest one counts.
  std::uint64_t bytes_per_second = 0;  // 0: no limit
  std::uint64_t pieces = 0;            // so many of equal size, the last one `over` after the head
  Duration over{};
  std::uint64_t slice = 0;  // so many bytes at a time (the last may be fewer), and `gap` in between
  Duration gap{};

  Extent extent{};
  bool error_event = false;  // then comes an event that says so, and the stream ends well
  Ending ending = Ending::stays;
  Duration linger{};  // from the last byte to the ending

  friend bool operator==(const Delivery&, const Delivery&) = default;
};

// The body of an answer with that status, `injected` by a fault or not, where `size` names none.
[[nodiscard]] std::string page_text(const Delivery& delivery, std::uint16_t status, bool injected);
// How many bytes the body has; 0 for a status that has no body.
[[nodiscard]] std::uint64_t body_size(const Delivery& delivery, std::uint16_t status,
                                      bool injected);

// What goes out next.
struct Step {
  enum class Part : std::uint8_t {
    head,
    head_begin,  // of a head that comes in two: the status line
    head_rest,
    bad_head,
    measure,    // nothing: take_shares_of() has to be told
    flood,      // bytes [from, to) of header fields
    garbage,    // bytes [from, to) of noise
    body,       // bytes [from, to) of the body
    bad_chunk,  // the length of the next chunk, which is no number
    error_event,
    end,  // everything is out: the ending is due
  };
  Part part = Part::end;
  Duration after{};  // since the step before; of the first one, since the delay is over
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

// The steps of one answer, one after the other, in pieces of at most `largest_piece` bytes.
class Steps {
 public:
  static constexpr std::uint64_t largest_piece = std::uint64_t{16} * 1024;

  enum class Of : std::uint8_t {
    whole,
    head,  // an answer that has no body, whatever is done to bodies
  };

  // `size` is that of the body. One that nobody knows ends when end_of_body() is told. `delivery`
  // must outlive this.
  Steps(const Delivery& delivery, std::optional<std::uint64_t> size, Of of = Of::whole)
      : delivery_(&delivery), size_(size), of_(of) {}

  [[nodiscard]] Step next();

  // The body has ended where the last step of it has: nothing more of it is to come.
  void end_of_body() { size_ = at_; }

  // Of a body whose size nobody knows, so much has come first: a share is one of that.
  void take_shares_of(std::uint64_t bytes) { shares_of_ = bytes; }

 private:
  enum class Stage : std::uint8_t {
    head,
    head_rest,
    flood,
    noise,
    body,
    bad_chunk,
    error_event,
    end
  };

  [[nodiscard]] Step first();
  [[nodiscard]] Step of_amount(Step::Part part, Stage then);
  [[nodiscard]] Stage after_head() const { return of_ == Of::head ? Stage::end : Stage::body; }
  [[nodiscard]] Step body();

  const Delivery* delivery_;
  std::optional<std::uint64_t> size_;
  Of of_;
  std::optional<std::uint64_t> shares_of_{};  // where the size is not known
  Stage stage_ = Stage::head;
  std::uint64_t at_ = 0;  // within the stage
};

// What becomes of a request, as its client sees it: times since the delay is over. `forever` for
// what never comes.
struct Seen {
  static constexpr Duration forever = Duration::max();

  Duration head = forever;  // the head of the answer is complete
  Duration end = forever;   // the call ends, unless the client gives up before
  CallEnd how{CallEnd::Kind::timeout, 0};
  bool error_event = false;  // which comes then, too
  friend bool operator==(const Seen&, const Seen&) = default;
};

// How a body comes after its head; times since the delay is over.
struct Pace {
  Duration between{};             // the longest time between two pieces, and before the first
  Duration last = Seen::forever;  // when the last piece comes; forever: there is always another
  friend bool operator==(const Pace&, const Pace&) = default;
};
[[nodiscard]] Pace pace_of(const Delivery& delivery, std::uint16_t status, bool injected);

// When a client gives up an answer that has begun, because nothing more of it has come for
// `patience`: since the delay is over. `forever` if it does not.
[[nodiscard]] Duration standstill(const Seen& seen, const Pace& pace, Duration patience);

// A head that is longer than this is no answer to tripcurve's own client.
inline constexpr std::uint64_t longest_head = std::uint64_t{64} * 1024;

// `to_head`: of a request by HEAD, whose answer has no body.
[[nodiscard]] Seen seen_by_client(const Delivery& delivery, std::uint16_t status, bool injected,
                                  bool to_head);

}  // namespace tripcurve::faults
