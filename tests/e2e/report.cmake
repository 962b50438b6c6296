if(NOT TARGET vuicc-report)
  return()
endif()
vuicc_script_test(vuicc_report_shows_a_run_whole e2e /usr/bin/python3 ${VUICC_AREA_DIR}/report_run.py)
# Only where there is a browser: ./run report-test gets one.
vuicc_script_test(vuicc_report_in_a_browser e2e /usr/bin/python3 ${VUICC_AREA_DIR}/report_browser.py)
set_tests_properties(vuicc_report_in_a_browser PROPERTIES SKIP_RETURN_CODE 77)
