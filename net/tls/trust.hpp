// Whose certificates a client takes.
#pragma once

#include <string>

namespace tripcurve::net {

struct Trust {
  bool anyone = false;    // whatever the server shows, and whoever it is for
  std::string ca_file{};  // PEM; empty: the authorities that this machine trusts
  std::string ca{};       // in place of a file, what would be in it

  friend bool operator==(const Trust&, const Trust&) = default;
};

}  // namespace tripcurve::net
