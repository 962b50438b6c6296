if(NOT TARGET vuicc_me)
  return()
endif()

add_library(me_fixture STATIC ${VUICC_AREA_DIR}/me_fixture.c ${VUICC_AREA_DIR}/mikey_fixture.c
  ${VUICC_AREA_DIR}/../vectors/json.c)
vuicc_settings(me_fixture)
target_compile_definitions(me_fixture PRIVATE VUICC_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
target_include_directories(me_fixture PUBLIC ${CMAKE_SOURCE_DIR})
target_link_libraries(me_fixture PUBLIC vuicc::me vuicc::perso vuicc::store PkgConfig::SQLITE)

foreach(part gba mbms mikey_rx keystore me_keys usim agent_me names)
  vuicc_test(test_${part} unit ${VUICC_AREA_DIR}/test_${part}.c LIBS me_fixture)
endforeach()
foreach(part agent agent_mikey agent_cards agent_jobs)
  vuicc_test(test_${part} unit ${VUICC_AREA_DIR}/test_${part}.c ${VUICC_AREA_DIR}/agent_story.c LIBS me_fixture)
endforeach()
if(TARGET vuicc_capture)
  vuicc_test(test_capture unit ${VUICC_AREA_DIR}/test_capture.c LIBS me_fixture vuicc::capture)
endif()

# The queue of the MIKEY port is the program's, not the library's.
vuicc_test(test_flood unit ${VUICC_AREA_DIR}/test_flood.c ${CMAKE_SOURCE_DIR}/host/me/udp.c LIBS me_fixture)

if(TARGET vuicc-me AND TARGET vuicc-perso)
  vuicc_script_test(me_output unit ${VUICC_AREA_DIR}/me_output.sh)
endif()

# The library that other programs link, as they do.
vuicc_test(test_vuicc_me unit ${VUICC_AREA_DIR}/test_vuicc_me.c LIBS vuicc-me-shared Threads::Threads)

vuicc_script_test(check_events unit /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tests/check_events.py)
