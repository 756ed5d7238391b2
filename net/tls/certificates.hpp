// Certificates that are made on the fly, for servers on this machine: by an authority of their own,
// with or without a flaw that clients are to find.
//
// Makes new keys each time; no other part of the program depends on what they are.
#pragma once

#include <memory>
#include <string>

#include "faults/opening.hpp"

namespace tripcurve::net {

// In PEM.
struct Certificate {
  std::string chain;  // the server's own first
  std::string key;
};

using faults::CertificateFlaw;

class CertificateAuthority {
 public:
  // Throws std::system_error when the library cannot.
  CertificateAuthority();
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  // What a client has to trust, in PEM: its --cacert.
  [[nodiscard]] const std::string& pem() const { return pem_; }

  // For localhost, 127.0.0.1 and ::1, from yesterday on for a year, but for the flaw. Throws as
  // above.
  [[nodiscard]] Certificate issue(CertificateFlaw flaw = CertificateFlaw::none) const;

 private:
  struct Identity;
  std::unique_ptr<Identity> own_;
  std::string pem_;
};

}  // namespace tripcurve::net
