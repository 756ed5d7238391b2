# The Debian package: cmake --workflow --preset package, or scripts/package. Its version is the
# project's, its dependencies are those of the libraries that the tool was linked with.
set(TRIPCURVE_MAINTAINER "tripcurve contributors <contributors@tripcurve.invalid>"
  CACHE STRING "Who answers for packages built here: Name <address>")
set(CPACK_PACKAGE_NAME tripcurve)
set(CPACK_PACKAGE_CONTACT "${TRIPCURVE_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "test circuit breaker settings before an incident does")
set(CPACK_PACKAGE_DESCRIPTION
  "tripcurve sends load through a circuit breaker while the upstream fails on
purpose, in real time or in virtual time, and judges what the breaker did.
It reproduces the breakers of resilience4j, gobreaker, Polly, Hystrix, Envoy,
Sentinel, opossum and others, reads their settings from their own
configuration files, and ends with a report and an exit code for CI.")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS tzdata)  # replay --timezone
include(CPack)
