if(TARGET vuicc_report)
  vuicc_test(test_report unit ${VUICC_AREA_DIR}/test_report.c LIBS vuicc::report)
  vuicc_test(test_report_messages unit ${VUICC_AREA_DIR}/test_report_messages.c LIBS vuicc::report vuicc::host)
endif()
