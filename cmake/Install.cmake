# What `cmake --install` puts where, for people, for other programs (find_package(vuicc), pkg-config) and for packages.
include(CMakePackageConfigHelpers)

set(VUICC_DRIVER_DIR lib/pcsc/drivers/serial CACHE STRING
  "Where libifdvuicc.so is installed: an absolute path, or below the prefix. pcscd looks nowhere else than reader.conf says")
cmake_path(ABSOLUTE_PATH VUICC_DRIVER_DIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} NORMALIZE OUTPUT_VARIABLE VUICC_DRIVER_PATH)
install(TARGETS ifdvuicc LIBRARY DESTINATION ${VUICC_DRIVER_DIR})

# The libraries. Static ones that they are made of stay here.
set(libraries vuicc-card-shared)
set(headers card/include/vuicc/uicc.h card/store/nv_sqlite.h)
set(packages vuicc-card)
if(VUICC_HOST)
  list(APPEND libraries vuicc-me-shared)
  list(APPEND headers host/me/include/vuicc/me.h)
  list(APPEND packages vuicc-me)
endif()
install(TARGETS ${libraries} EXPORT vuicc LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/vuicc)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/vuicc)
install(EXPORT vuicc FILE vuiccTargets.cmake NAMESPACE vuicc:: DESTINATION ${package_dir})
configure_package_config_file(cmake/vuiccConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/vuiccConfig.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/vuiccConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/vuiccConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/vuiccConfigVersion.cmake
  DESTINATION ${package_dir})
# The .pc files say where they are relative to themselves, so that an installation can be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
  OUTPUT_VARIABLE VUICC_PC_INCLUDE)
foreach(package ${packages})
  configure_file(cmake/${package}.pc.in ${package}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

# What goes with the programs. Words of the shell are completed from what --help says.
get_property(programs GLOBAL PROPERTY VUICC_PROGRAMS)
foreach(program ${programs})
  install(FILES man/${program}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES contrib/bash-completion/vuicc DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    RENAME ${program})
endforeach()
if(VUICC_HOST)
  install(FILES man/vuicc_me.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
endif()
install(DIRECTORY card/profiles DESTINATION ${CMAKE_INSTALL_DATADIR}/vuicc FILES_MATCHING PATTERN *.yaml)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
file(READ contrib/reader.conf.d/vuicc snippet)
string(REPLACE /usr/lib/pcsc/drivers/serial ${VUICC_DRIVER_PATH} snippet "${snippet}")
file(CONFIGURE OUTPUT reader.conf.d/vuicc CONTENT "${snippet}" @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/reader.conf.d/vuicc contrib/reader.conf.d/vpcd
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples/reader.conf.d)
install(DIRECTORY contrib/systemd contrib/pcscd.service.d DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
