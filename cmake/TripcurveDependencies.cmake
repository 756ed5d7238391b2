# Everything comes from Debian 12's own packages (scripts/setup installs them); nothing is downloaded.
find_package(Threads REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(yaml-cpp 0.7 CONFIG REQUIRED)
find_package(Boost 1.74 REQUIRED)  # headers only: Asio and Beast
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(absl CONFIG REQUIRED)  # time zones
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)

if(TRIPCURVE_BUILD_TESTS)
  # Debian ships cpp-httplib as a compiled library with a pkg-config file only. The .pc carries the
  # OPENSSL/ZLIB/BROTLI macros without which the classes have another size, so never link it bare.
  pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
endif()

if(TRIPCURVE_BUILD_TESTS OR TRIPCURVE_BUILD_BENCH)
  find_package(Catch2 CONFIG REQUIRED)  # 2.13 or 3: both have Catch2::Catch2WithMain
  include(Catch)
endif()
