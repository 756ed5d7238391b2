#include "core/call_end.hpp"

namespace tripcurve {

std::string words(CallEnd end) {
  switch (end.kind()) {
    case CallEnd::Kind::answer:
      return "a " + std::to_string(end.status());
    case CallEnd::Kind::timeout:
      return "a timeout";
    case CallEnd::Kind::reset:
      return "a reset";
    case CallEnd::Kind::closed:
      return "a closed connection";
    case CallEnd::Kind::connect_failed:
      return end.handshake() ? "a failed TLS handshake" : "a failed connect";
    case CallEnd::Kind::bad_answer:
      return "a bad answer";
  }
  return "an unknown end";
}

}  // namespace tripcurve
