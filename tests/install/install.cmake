if(NOT TARGET vuicc-me)
  return()
endif()
vuicc_script_test(what_is_installed_serves_programs_outside_the_tree e2e
  /usr/bin/python3 ${VUICC_AREA_DIR}/consumer.py)
