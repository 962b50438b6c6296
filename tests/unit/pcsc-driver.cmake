vuicc_test(test_vpcd unit ${VUICC_AREA_DIR}/test_vpcd.c LIBS vuicc::vpcd)
vuicc_test(test_fault unit ${VUICC_AREA_DIR}/test_fault.c LIBS vuicc::slot)
vuicc_test(test_ifdhandler unit ${VUICC_AREA_DIR}/test_ifdhandler.c ${CMAKE_SOURCE_DIR}/pcsc-driver/ifdhandler.c
  LIBS card_fixture vuicc::perso vuicc::slot vuicc::sqlite_memory PkgConfig::PCSC)
target_compile_definitions(test_ifdhandler PRIVATE VUICC_VERSION="${PROJECT_VERSION}")
