if(NOT TARGET vuicc-report)
  return()
endif()
vuicc_script_test(vuicc_report_shows_a_run_whole e2e /usr/bin/python3 ${VUICC_AREA_DIR}/report_run.py)
