# cpack: one Debian package of everything.
set(VUICC_MAINTAINER "vuicc developers <vuicc@localhost>" CACHE STRING "Who the Debian package says made it")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME vuicc)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${VUICC_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "virtual UICC with GBA_U and MBMS key management, its reader, phone and network")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"A UICC in a file that sits in a PC/SC reader: USIM and ISIM with MILENAGE and
TUAK, GBA_U, and the MBMS security functions of TS 33.246. With it come a
driver that holds such cards in pcscd, the phone software that uses them, a
test network (BSF and BM-SC), and libraries of phone and card.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_BINARY_DIR}/DebianRoot.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS pcscd)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "vsmartcard-vpcd, opensc, pcsc-tools")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA conffiles triggers postinst prerm postrm)
list(TRANSFORM CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/contrib/debian/)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
configure_file(cmake/DebianRoot.cmake.in DebianRoot.cmake @ONLY)
include(CPack)
