add_library(card_fixture STATIC ${VUICC_AREA_DIR}/card_fixture.c ${VUICC_AREA_DIR}/mikey_fixture.c)
vuicc_settings(card_fixture)
target_include_directories(card_fixture PUBLIC ${CMAKE_SOURCE_DIR})
target_link_libraries(card_fixture PUBLIC vuicc::card vuicc::store)

foreach(part platform gba mbms input pins channels commands cat gsm)
  vuicc_test(test_card_${part} unit ${VUICC_AREA_DIR}/test_card_${part}.c ${VUICC_AREA_DIR}/../vectors/json.c
    LIBS card_fixture PkgConfig::SQLITE)
endforeach()
vuicc_test(test_mgv unit ${VUICC_AREA_DIR}/test_mgv.c LIBS vuicc::crypto)
