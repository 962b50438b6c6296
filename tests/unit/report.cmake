if(TARGET vuicc_report)
  vuicc_test(test_report unit ${VUICC_AREA_DIR}/test_report.c LIBS vuicc::report)
endif()
