# cpack: one Debian package of everything.
# Whoever hands the package on puts a name to it, as with Debian's own tools; who builds it for this machine need not.
set(maintainer "vuicc developers <vuicc@localhost>")
if(DEFINED ENV{DEBEMAIL} AND DEFINED ENV{DEBFULLNAME})
  set(maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()
set(VUICC_MAINTAINER ${maintainer} CACHE STRING "Who the Debian package says made it: NAME <ADDRESS>")
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
set(CPACK_THREADS 0)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_BINARY_DIR}/DebianRoot.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS pcscd)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "vsmartcard-vpcd, opensc, pcsc-tools")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA conffiles triggers postinst prerm postrm)
list(TRANSFORM CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/contrib/debian/)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
configure_file(cmake/DebianRoot.cmake.in DebianRoot.cmake @ONLY)
include(CPack)
