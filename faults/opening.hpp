// How the upstream opens one connection: well, late, or never.
//
// A connection has no path yet, so that rules do not reach it. In virtual time every request has a
// connection of its own; so that it is alike on the wire, the upstream keeps no connections for
// another request while such faults are in force.
#pragma once

#include <cstdint>
#include <string>

#include "core/call_end.hpp"
#include "core/time.hpp"

namespace tripcurve::faults {

// What is wrong with a certificate that a server shows.
enum class CertificateFlaw : std::uint8_t {
  none,
  expired,     // it was valid until yesterday
  early,       // it is valid from tomorrow on
  wrong_name,  // it is another host's
  unknown,     // it is signed by itself, and not by the authority
};

struct Opening {
  enum class End : std::uint8_t {
    open,    // it is open
    failed,  // its TLS handshake fails
    never,   // nothing more happens, until the client gives up
  };

  End end = End::open;
  Duration delay{};  // before that
  // Why the handshake fails, for a client that looks at the certificate; none: it is reset.
  CertificateFlaw flaw = CertificateFlaw::none;
  bool connecting = false;      // the client still waits for its connection meanwhile
  std::uint16_t phase = 0;      // index into the timetable
  std::uint16_t item = served;  // index into Plan::kinds(phase)
  std::string kind{};           // of a fault that is not the plan's
  bool overruled = false;       // a person said how, and not the plan

  // As those of a Treatment.
  static constexpr std::uint16_t served = 0xffff;
  static constexpr std::uint16_t unplanned = 0xfffe;

  [[nodiscard]] bool is_plain() const { return end == End::open && delay == Duration::zero(); }

  // What becomes of a call that waits for a connection which does not open.
  [[nodiscard]] CallEnd call_end() const {
    return end == End::failed ? CallEnd::handshake_failed()
                              : CallEnd{CallEnd::Kind::timeout, 0, connecting};
  }
};

}  // namespace tripcurve::faults
